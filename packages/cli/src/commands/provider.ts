import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { demandProvider } from '../demand-provider.ts'
import { scopeText } from '../secret-lines.ts'
import type { Session } from '../session.ts'
import { fieldLines, tableLines } from '../table.ts'

/** `coatcheck provider …` */
export function providerCommand(session: Session): Command {
  return new Command('provider')
    .description('show the services that Coatcheck knows')
    .addCommand(listCommand(session))
    .addCommand(showCommand(session))
}

function listCommand(session: Session): Command {
  return new Command('list').description('list providers').action((_options, self: Command) =>
    session.withBroker(self, async ({ client, output }) => {
      const found = await allItems((query) => client.providers.list(query))
      const rows = found.map(({ id, name, category, variables }) => [id, name, category, variables.join(' ')])
      output.show(found, () => tableLines(['ID', 'NAME', 'CATEGORY', 'VARIABLES'], rows))
    }),
  )
}

function showCommand(session: Session): Command {
  return new Command('show')
    .description('show where a secret of this provider may go')
    .argument('<id>', 'as provider list shows it', demandProvider)
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const provider = await client.providers.get(id)
        output.show(provider, () =>
          fieldLines([
            ['id', provider.id],
            ['name', provider.name],
            ['variables', provider.variables.join(' ')],
            ...provider.scopes.map((scope, index) => [index === 0 ? 'scopes' : '', scopeText(scope)] as const),
          ]),
        )
      }),
    )
}
