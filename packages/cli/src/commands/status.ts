import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { statusLines } from '../status-lines.ts'

/** `coatcheck status` */
export function statusCommand(session: Session): Command {
  return new Command('status')
    .description('show how broker, vault and journal stand')
    .addHelpText('after', exampleLines('status', 'status --json'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, broker, home, output }) => {
        const status = await client.status()
        output.show({ ...status, broker, ...(broker === 'remote' ? {} : { home }) }, () =>
          statusLines(status, broker, home),
        )
      }),
    )
}
