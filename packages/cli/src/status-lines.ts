import type { Home } from '@coatcheck/broker/home'
import type { BrokerStatus } from '@coatcheck/contract'
import type { Connection } from './connection.ts'
import { fieldLines } from './table.ts'

const listenersTexts: Readonly<Record<BrokerStatus['listeners'], string>> = {
  ok: 'ok',
  closed: 'closed: one of them takes no connections any more',
  starved: 'starved: no descriptor is left for another connection',
}

/** How a broker stands, as lines for a person; the folders of its home are those of this machine. */
export function statusLines(status: BrokerStatus, broker: Connection['broker'], home: Home): readonly string[] {
  return fieldLines([
    [
      'broker',
      broker === 'private' ? 'none running; each command starts its own' : `running since ${status.startedAt}`,
    ],
    ['version', status.version],
    ['vault', status.vault],
    ['journal', status.journal],
    ['listeners', listenersTexts[status.listeners]],
    ['secrets', String(status.secrets)],
    ['sandboxes', String(status.sandboxes)],
    ['faults', status.faults === 0 ? '0' : `${status.faults}; the broker’s log says which`],
    ...workerFields(status),
    ...status.doors.map(({ name, url }): [string, string] => [name, url]),
    ...(broker === 'remote' ? [] : homeFields(home)),
  ])
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
