import type { NetworkRule } from '@coatcheck/contract'
import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { fieldLines, tableLines } from '../table.ts'

const examples = `
Examples:
  $ coatcheck profile list
  $ coatcheck profile show dev
  $ coatcheck run --profile locked --allow example.com -- npm test`

/** `coatcheck profile …` */
export function profileCommand(session: Session): Command {
  return new Command('profile')
    .description('show what the network rules of a sandbox start from')
    .addHelpText('after', examples)
    .addCommand(listCommand(session))
    .addCommand(showCommand(session))
}

function listCommand(session: Session): Command {
  return new Command('list')
    .description('list profiles')
    .addHelpText('after', exampleLines('profile list'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const found = await allItems((query) => client.profiles.list(query))
        const rows = found.map(({ name, description }) => [name, description])
        output.show(found, () => tableLines(['NAME', 'ALLOWS'], rows))
      }),
    )
}

function showCommand(session: Session): Command {
  return new Command('show')
    .description('show which hosts a profile allows without a secret')
    .addHelpText('after', exampleLines('profile show dev'))
    .argument('<name>', 'dev, locked or open')
    .action((name: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const profile = await client.profiles.get(name)
        output.show(profile, () =>
          fieldLines([
            ['name', profile.name],
            ['description', profile.description],
            ...profile.allow.map((rule, index) => [index === 0 ? 'allow' : '', ruleText(rule)] as const),
          ]),
        )
      }),
    )
}

function ruleText({ to }: NetworkRule): string {
  return to === '*' ? 'every host' : to
}
