import type { BadInput } from '../bad-input.suite.ts'
import { file } from './vault-rows.ts'

const invalid = (name: string, args: readonly string[], says: RegExp): BadInput => ({ name, args, code: 2, says })
const missingSandbox = (name: string, args: readonly string[]): BadInput => ({
  name,
  args,
  code: 3,
  says: /No such sandbox/,
})
const sandbox = ['sandbox', 'create', '--secret', 'KEY=stripe']

/** Bad input of commands that take rule lists. */
export const policyRows: readonly BadInput[] = [
  invalid('rules in a file that is not there', ['policy', 'lint', file('none')], /no such file/),
  invalid('rules that are no YAML', ['policy', 'lint', file('broken.yaml')], /not YAML/),
  invalid('rules that are no list of fields', ['policy', 'set', file('list.yaml')], /not a list of fields/),
  invalid('rules without a default', ['policy', 'set', file('no-default.yaml')], /default/),
  invalid(
    'AC-6.3: a rule that allows without methods',
    ['policy', 'lint', file('no-methods.yaml')],
    /`methods` is missing/,
  ),
  invalid('a rule for a path that goes up', ['policy', 'set', file('upwards.yaml')], /dot_segment/),
  invalid('a file for what is shown', ['policy', 'show', file('list.yaml')], /too many arguments/),
  invalid('a file for what is taken away', ['policy', 'clear', file('list.yaml')], /too many arguments/),
  invalid('a list to be tried without cases', ['policy', 'test', file('closed.yaml'), file('closed.yaml')], /cases/),
  invalid('a list to be tried that is none', ['policy', 'test', file('list.yaml'), file('closed.yaml')], /not a list/),
  invalid('requests of nobody to be recorded', ['policy', 'record'], /--sandbox/),
  missingSandbox('requests of no sandbox to be recorded', ['policy', 'record', '--sandbox', 'none']),
  missingSandbox('rules for no sandbox', ['policy', 'suggest', '--sandbox', 'none']),
  invalid('a star for one path', ['policy', 'suggest', '--sandbox', 'none', '--merge', '1'], /2 or more/),
  missingSandbox('what was tried by no sandbox', ['policy', 'tried', '--sandbox', 'none']),
  missingSandbox('the reach of no sandbox', ['reach', '--sandbox', 'none']),
  { name: 'the reach of no key', args: ['reach', '--key', 'none'], code: 3, says: /No such (?:virtual )?key/ },
  invalid('the reach of a sandbox and a key', ['reach', '--sandbox', 'none', '--key', 'none'], /Name a sandbox/),
  invalid('the reach of nothing', ['reach'], /Name a sandbox/),
  invalid('the reach of two things', ['reach', '--sandbox', 'none', '--profile', 'dev'], /Name a sandbox/),
  invalid('a receipt of a list', ['reach', '--rules', file('closed.yaml'), '--receipt'], /A receipt is of a sandbox/),
  { name: 'the reach of no profile', args: ['reach', '--profile', 'none'], code: 3, says: /No such profile/ },
  invalid('a receipt of a profile', ['reach', '--profile', 'mine', '--receipt'], /A receipt is of a sandbox/),
  invalid(
    'a list under a profile of one’s own',
    ['reach', '--profile', 'mine', '--provider', 'stripe'],
    /go with a built-in profile/,
  ),
  invalid('a profile against a revision', ['reach', '--profile', 'dev', '--diff', 'git:main'], /goes with --rules/),
  invalid(
    'a list against an option of git',
    ['reach', '--rules', file('closed.yaml'), '--diff', 'git:--output=x'],
    /not the name of a revision/,
  ),
  invalid(
    'a list in no repository against a revision',
    ['reach', '--rules', file('closed.yaml'), '--diff', 'git:main'],
    /in no git repository|git is not installed/,
  ),
  invalid(
    'a list against what is no list',
    ['reach', '--rules', file('closed.yaml'), '--diff', file('list.yaml')],
    /not a list/,
  ),
  invalid('rules for nothing', [...sandbox, '--rules', file('upwards.yaml')], /name of a variable/),
  invalid('bad rules for a grant', [...sandbox, '--rules', `KEY=${file('no-methods.yaml')}`], /`methods` is missing/),
  invalid(
    'rules for a variable without a secret',
    [...sandbox, '--rules', `OTHER=${file('closed.yaml')}`],
    /they are for a variable that has no grant/,
  ),
]
