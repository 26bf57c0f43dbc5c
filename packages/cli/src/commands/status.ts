import { Command } from 'commander'
import type { Session } from '../session.ts'
import { fieldLines } from '../table.ts'

/** `coatcheck status` */
export function statusCommand(session: Session): Command {
  return new Command('status')
    .description('show how broker, vault and journal stand')
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, broker, home, output }) => {
        const status = await client.status()
        output.show({ ...status, broker, home }, () =>
          fieldLines([
            [
              'broker',
              broker === 'running' ? `running since ${status.startedAt}` : 'none running; each command starts its own',
            ],
            ['version', status.version],
            ['vault', status.vault],
            ['journal', status.journal],
            ['secrets', String(status.secrets)],
            ['sandboxes', String(status.sandboxes)],
            ['data', home.data],
            ['keys', home.keys],
          ]),
        )
      }),
    )
}
