import type { ProjectRules, RuleFinding } from '@coatcheck/contract'
import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { readRuleFile } from '../read-rule-files.ts'
import { ruleLines } from '../rule-lines.ts'
import type { Session } from '../session.ts'
import { policyRecordCommand } from './policy-record.ts'
import { policySuggestCommand } from './policy-suggest.ts'
import { policyTestCommand } from './policy-test.ts'
import { policyTriedCommand } from './policy-tried.ts'

const examples = `
A rule list in YAML or JSON; what no rule matches is as its default says:
  default: deny
  rules:
    - { effect: allow, methods: [POST], paths: [/v1/payment_intents] }

Examples:
  $ coatcheck policy lint stripe-rules.yaml
  $ coatcheck policy set project-rules.yaml`

/** `coatcheck policy …` */
export function policyCommand(session: Session): Command {
  return new Command('policy')
    .description('check, try and suggest rule lists, and set the one of the project')
    .addHelpText('after', examples)
    .addCommand(lintCommand(session))
    .addCommand(showCommand(session))
    .addCommand(setCommand(session))
    .addCommand(clearCommand(session))
    .addCommand(policyTestCommand(session))
    .addCommand(policyRecordCommand(session))
    .addCommand(policySuggestCommand(session))
    .addCommand(policyTriedCommand(session))
}

function lintCommand(session: Session): Command {
  return new Command('lint')
    .description('say what a rule list lets through that a reader may overlook; saves nothing')
    .argument('<file>', 'the list, in YAML or JSON')
    .addHelpText('after', exampleLines('policy lint stripe-rules.yaml'))
    .action((file: string, _options, self: Command) => {
      const rules = readRuleFile(file)
      return session.withBroker(self, async ({ client, output }) => {
        const review = await client.rules.lint(rules)
        output.show(review, () => findingLines(review.findings))
      })
    })
}

function showCommand(session: Session): Command {
  return new Command('show')
    .description('show the rule list of the project')
    .addHelpText('after', exampleLines('policy show'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const found = await client.rules.get()
        output.show(found, () => projectLines(found))
      }),
    )
}

function setCommand(session: Session): Command {
  return new Command('set')
    .description('give the project a rule list; it holds for every request of every sandbox')
    .argument('<file>', 'the list, in YAML or JSON')
    .addHelpText('after', exampleLines('policy set project-rules.yaml'))
    .action((file: string, _options, self: Command) => {
      const rules = readRuleFile(file)
      return session.withBroker(self, async ({ client, output }) => {
        const saved = await client.rules.set(rules)
        output.show(saved, () => projectLines(saved))
      })
    })
}

function clearCommand(session: Session): Command {
  return new Command('clear')
    .description('take the rule list of the project away')
    .addHelpText('after', exampleLines('policy clear'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const saved = await client.rules.set(null)
        output.show(saved, () => projectLines(saved))
      }),
    )
}

function projectLines({ rules }: ProjectRules): readonly string[] {
  return rules === null ? ['The project has no rule list.'] : ruleLines(rules)
}

function findingLines(findings: readonly RuleFinding[]): readonly string[] {
  if (findings.length === 0) return ['Nothing to say: every rule names what it allows.']
  return findings.map(({ rule, says }) => `${rule}: ${says}`)
}
