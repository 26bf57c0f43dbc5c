import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rule, RuleList } from '@coatcheck/contract'
import { ruleRequest } from './rule-request.ts'
import { RuleSet } from './rule-set.ts'

const any = { methods: 'any', paths: 'any' } as const
const tools = (effect: Rule['effect'], ...names: string[]): Rule => ({
  effect,
  ...any,
  action: { kind: 'mcp', tools: names },
})
const request = ruleRequest({
  method: 'POST',
  host: 'mcp.example.com',
  path: '/mcp',
  query: '',
  body: 'awaited',
  bytes: 'awaited',
  fields: () => [],
})

for (const [what, rules, expected] of [
  ['allowed by name', [tools('allow', 'read_*')], ['read_file']],
  ['asked about', [tools('ask', 'delete')], ['delete']],
  ['denied beside what is allowed', [tools('allow', '*'), tools('deny', 'delete')], ['read_file', 'write']],
  [
    'depending on arguments',
    [
      {
        effect: 'allow',
        ...any,
        action: { kind: 'mcp', tools: ['write'], arguments: [{ at: '/path', like: ['/tmp/*'] }] },
      },
    ],
    ['write'],
  ],
  [
    'denied for some arguments',
    [
      tools('allow', '*'),
      { effect: 'deny', action: { kind: 'mcp', tools: ['write'], arguments: [{ at: '/path', like: ['/etc/*'] }] } },
    ],
    ['read_file', 'write', 'delete'],
  ],
  ['of another path', [{ ...tools('allow', '*'), paths: ['/other'] }], []],
  ['under a condition on the body', [{ ...tools('allow', 'write'), when: 'body.id == 1' }], ['write']],
] as const) {
  test(`AC-12.4: tools ${what} are listed, and no others`, () => {
    const set = new RuleSet({ default: 'deny', rules } as RuleList)
    assert.ok(set.knowsTools)
    assert.deepEqual(
      ['read_file', 'write', 'delete'].filter((tool) => set.mayCall(request, tool)),
      expected,
    )
  })
}
