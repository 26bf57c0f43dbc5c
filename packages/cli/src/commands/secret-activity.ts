import type { SandboxView } from '@coatcheck/contract'
import { Command } from 'commander'
import { activityLine } from '../activity-line.ts'
import { type ActivityOptions, addActivityOptions, followRows, latestRows } from '../activity-options.ts'
import { allItems } from '../all-items.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

const examples = `
Examples:
  $ coatcheck secret activity stripe
  $ coatcheck secret activity stripe -f --decision refused`

/** `coatcheck secret activity` */
export function secretActivityCommand(session: Session): Command {
  const command = new Command('activity')
    .description('show which sandboxes hold a placeholder for a secret, and the requests that carried it')
    .argument('<name>', 'which secret')
  return addActivityOptions(command, session)
    .addHelpText('after', examples)
    .action((name: string, options: ActivityOptions, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const { follow, limit, ...conditions } = options
        const query = { ...conditions, secret: name }
        // A name that nobody knows is a mistake, and not a secret without activity.
        const secret = await client.secrets.get(name)
        if (follow) return followRows(client.requests, query, session, self)
        const sandboxes = (await allItems((page) => client.sandboxes.list(page))).filter((each) => holds(each, name))
        const requests = await latestRows(client.requests, { ...query, limit })
        output.show({ secret, sandboxes, requests }, () => [
          ...(sandboxes.length === 0 ? ['No sandbox holds a placeholder for it now.'] : sandboxLines(sandboxes, name)),
          '',
          ...(requests.length === 0 ? ['No request has carried it.'] : requests.map(activityLine)),
        ])
      }),
    )
}

function holds({ status, grants }: SandboxView, secret: string): boolean {
  return status === 'active' && grants.some((grant) => grant.secret === secret)
}

function sandboxLines(sandboxes: readonly SandboxView[], secret: string): readonly string[] {
  const rows = sandboxes.map(({ id, name, grants, expiresAt }) => [
    id,
    name,
    grants
      .filter((grant) => grant.secret === secret)
      .map(({ env }) => env)
      .join(', '),
    expiresAt,
  ])
  return tableLines(['sandbox', 'name', 'variable', 'until'], rows)
}
