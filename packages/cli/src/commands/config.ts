import type { ConfigDefinition, ConfigEntry, ConfigReport } from '@coatcheck/contract'
import { Command } from 'commander'
import { declaredMembers } from '../declared-members.ts'
import { readDescriptionOr } from '../read-description-or.ts'
import type { Session } from '../session.ts'
import { fieldLines } from '../table.ts'

const examples = `
A file of this form; what it does not name stays as it is:
  secrets:
    stripe:
      sourceName: team-stripe
      provider: stripe
      rules:
        default: deny
        rules:
          - { effect: allow, methods: [GET], paths: [/v1/charges] }
  caps:
    - { unit: requests, limit: 5000, window: day }
  profiles:
    checkout:
      secrets: { STRIPE_SECRET_KEY: stripe }

Examples:
  $ coatcheck config apply --dry-run coatcheck.yaml
  $ coatcheck config apply coatcheck.yaml`

/** `coatcheck config …` */
export function configCommand(session: Session): Command {
  return new Command('config')
    .description('declare secrets, rules, caps and profiles in a file')
    .addHelpText('after', examples)
    .addCommand(applyCommand(session))
}

function applyCommand(session: Session): Command {
  return new Command('apply')
    .description(
      'make secrets, rules, caps and profiles what a file says; all of it, or nothing where a part is refused',
    )
    .argument('<file>', 'YAML or JSON; - is standard input')
    .option('--dry-run', 'only tell what would be changed')
    .addHelpText('after', examples)
    .action(async (file: string, { dryRun = false }: { dryRun?: boolean }, self: Command) => {
      const config: ConfigDefinition = declaredMembers(await readDescriptionOr(file, session.surroundings.stdin))
      await session.withBroker(self, async ({ client, output }) => {
        const report = await client.config.apply(config, { dryRun })
        output.show(report, () => reportLines(report))
      })
    })
}

function reportLines(report: ConfigReport): readonly string[] {
  const { changed, created, dryRun, sha256, unchanged, undeclared } = report
  const isSame = created.length === 0 && changed.length === 0
  return fieldLines([
    ...listed(dryRun ? 'would create' : 'created', created),
    ...listed(dryRun ? 'would change' : 'changed', changed),
    ...listed('as it was', unchanged),
    ...listed('not in the file', undeclared),
    ['sha256', sha256],
    ...(isSame ? ([['result', 'nothing differs from the file']] as const) : []),
  ])
}

function listed(label: string, entries: readonly ConfigEntry[]): readonly (readonly [string, string])[] {
  return entries.map(({ kind, name }, index) => [index === 0 ? label : '', `${kind} ${name}`])
}
