import { Command } from 'commander'
import { parseDuration } from '../parse-duration.ts'
import type { Session } from '../session.ts'

const examples = `
Example:
  $ coatcheck sandbox renew sbx_7q2m --ttl 8h`

/** `coatcheck sandbox renew` */
export function sandboxRenewCommand(session: Session): Command {
  return new Command('renew')
    .description('give a living sandbox another time to live, from now on')
    .argument('<id>', 'which sandbox, as sandbox list shows it')
    .requiredOption('--ttl <duration>', 'how long: 90s, 30m, 8h', parseDuration)
    .addHelpText('after', examples)
    .action((id: string, { ttl }: { readonly ttl: number }, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const sandbox = await client.sandboxes.renew(id, ttl)
        output.show(sandbox, () => [`${id} expires at ${sandbox.expiresAt}`])
      }),
    )
}
