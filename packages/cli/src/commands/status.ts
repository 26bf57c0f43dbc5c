import type { Home } from '@coatcheck/broker/home'
import type { BrokerStatus } from '@coatcheck/contract'
import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { fieldLines } from '../table.ts'

/** `coatcheck status` */
export function statusCommand(session: Session): Command {
  return new Command('status')
    .description('show how broker, vault and journal stand')
    .addHelpText('after', exampleLines('status', 'status --json'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, broker, home, output }) => {
        const status = await client.status()
        output.show({ ...status, broker, ...(broker === 'remote' ? {} : { home }) }, () =>
          fieldLines([
            [
              'broker',
              broker === 'private' ? 'none running; each command starts its own' : `running since ${status.startedAt}`,
            ],
            ['version', status.version],
            ['vault', status.vault],
            ['journal', status.journal],
            ['secrets', String(status.secrets)],
            ['sandboxes', String(status.sandboxes)],
            ['faults', status.faults === 0 ? '0' : `${status.faults}; the broker’s log says which`],
            ...workerFields(status),
            ...status.doors.map(({ name, url }): [string, string] => [name, url]),
            ...(broker === 'remote' ? [] : homeFields(home)),
          ]),
        )
      }),
    )
}

function workerFields({ workers }: BrokerStatus): readonly [string, string][] {
  if (workers === undefined) return []
  const { count, restarts, running } = workers
  const again = restarts === 0 ? '' : `; started again ${restarts} times`
  return [['workers', `${running} of ${count} running${again}`]]
}

function homeFields({ data, keys }: Home): readonly [string, string][] {
  return [
    ['data', data],
    ['keys', keys],
  ]
}
