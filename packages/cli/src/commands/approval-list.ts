import type { ApprovalState, ApprovalView } from '@coatcheck/contract'
import { Command, Option } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'
import { untilStopped } from '../until-stopped.ts'

const states = ['pending', 'approved', 'denied', 'expired', 'cancelled'] as const satisfies readonly ApprovalState[]
/** Longest text of what is asked in a row, in characters; all of it is shown for one. */
const maxLength = 60

interface ListOptions {
  readonly state?: ApprovalState
  readonly all?: boolean
  readonly sandbox?: string
  readonly follow?: boolean
}

/** `coatcheck approval list` */
export function approvalListCommand(session: Session): Command {
  return new Command('list')
    .description('list what waits for a person, or what became of it')
    .addOption(new Option('--state <state>', 'in another state than pending').choices([...states]))
    .option('--all', 'in every state')
    .option('--sandbox <id>', 'of one sandbox')
    .option('-f, --follow', 'go on as they come: what waits, and each whenever another thing becomes of it')
    .addHelpText(
      'after',
      exampleLines('approval list', 'approval list --all --sandbox sbx_7q2m', 'approval list -f --all'),
    )
    .action((options: ListOptions, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const { state = 'pending', all, follow, sandbox } = options
        const filter = { ...(all !== true && { state }), ...(sandbox !== undefined && { sandbox }) }
        if (follow === true) {
          return untilStopped(session, async (signal) => {
            for await (const view of client.approvals.follow(filter, signal))
              output.show(view, () => [rowOf(view).join('  ')])
          })
        }
        const approvals = await allItems((query) => client.approvals.list({ ...query, ...filter }))
        output.show(approvals, () => {
          if (approvals.length === 0) return [all === true ? 'Nothing was asked yet.' : `Nothing is ${state}.`]
          return tableLines(['ID', 'STATE', 'SANDBOX', 'UNTIL', 'ASKED'], approvals.map(rowOf))
        })
      }),
    )
}

function rowOf(view: ApprovalView): readonly string[] {
  return [view.id, view.state, view.sandbox, view.expiresAt, questionOf(view)]
}

function questionOf({ request, access }: ApprovalView): string {
  const told = request?.action?.slice(0, 2).join(': ')
  const text = told ?? (request === undefined ? `access to ${access?.to}` : `${request.method} ${request.url}`)
  return text.length > maxLength ? `${text.slice(0, maxLength)}...` : text
}
