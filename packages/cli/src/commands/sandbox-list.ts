import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** `coatcheck sandbox list` */
export function sandboxListCommand(session: Session): Command {
  return new Command('list')
    .description('list living sandboxes, newest first')
    .addHelpText('after', exampleLines('sandbox list', 'sandbox list --all --json'))
    .option('-a, --all', 'list those that ended or expired, too')
    .action(({ all }: { readonly all?: boolean }, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const every = await allItems((query) => client.sandboxes.list(query))
        const sandboxes = every.filter(({ status }) => all === true || status === 'active')
        output.show(sandboxes, () => {
          if (sandboxes.length === 0) return ['No sandbox is alive.']
          const rows = sandboxes.map(({ id, name, status, fence, grants, endedAt, expiresAt }) => [
            id,
            name,
            status,
            fence,
            grants.map(({ env }) => env).join(' '),
            endedAt ?? expiresAt,
          ])
          return tableLines(['ID', 'NAME', 'STATUS', 'FENCE', 'VARIABLES', 'ENDS'], rows)
        })
      }),
    )
}
