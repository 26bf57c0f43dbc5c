import type { ActivityList, CoatcheckClient } from '@coatcheck/sdk'
import { Command, Option } from 'commander'
import { activityLine } from '../activity-line.ts'
import { type ActivityOptions, addActivityOptions, followRows, latestRows } from '../activity-options.ts'
import type { Session } from '../session.ts'

const examples = `
Examples:
  $ coatcheck logs --decision refused --since 1h
  $ coatcheck logs -f --host api.stripe.com`

interface LogsOptions extends ActivityOptions {
  readonly kind: 'all' | 'requests' | 'connections'
  readonly secret?: string
}

/** `coatcheck logs`: what sandboxes did, and what operators changed. */
export function logsCommand(session: Session): Command {
  const command = new Command('logs')
    .description('show requests, connections and management actions, the newest last')
    .addOption(new Option('--kind <kind>', 'which ones').choices(['all', 'requests', 'connections']).default('all'))
    .option('--secret <name>', 'that carried a secret')
  return addActivityOptions(command, session)
    .addHelpText('after', examples)
    .action((options: LogsOptions, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const { follow, kind, limit, ...query } = options
        const list = listOf(client, kind)
        if (follow) return followRows(list, query, session, self)
        const rows = await latestRows(list, { ...query, limit })
        output.show(rows, () => (rows.length === 0 ? ['Nothing that fits is in the journal.'] : rows.map(activityLine)))
      }),
    )
}

function listOf({ audit, requests, connections }: CoatcheckClient, kind: LogsOptions['kind']): ActivityList {
  if (kind === 'requests') return requests
  return kind === 'connections' ? connections : audit
}
