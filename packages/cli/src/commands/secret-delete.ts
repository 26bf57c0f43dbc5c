import { Command } from 'commander'
import { demandConsent } from '../ask-at-terminal.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

/** `coatcheck secret delete` */
export function secretDeleteCommand(session: Session): Command {
  return new Command('delete')
    .description('destroy a secret with all its versions, and end its grants')
    .addHelpText('after', exampleLines('secret delete stripe', 'secret delete stripe --yes'))
    .argument('<name>', 'which secret')
    .option('-y, --yes', 'do not ask')
    .action(async (name: string, { yes }: { readonly yes?: boolean }, self: Command) => {
      if (!yes) await askFirst(session, name)
      await session.withBroker(self, async ({ client, output }) => {
        await withNameHint(client, 'secret', name, () => client.secrets.delete(name))
        output.show({ deleted: name }, () => [`${name} is destroyed.`])
      })
    })
}

/** A script has decided when it was written; a person at a terminal is asked. */
async function askFirst({ surroundings }: Session, name: string): Promise<void> {
  if (!surroundings.stdin.isTTY) return
  await demandConsent(`Destroy ${name} and all its versions? Backups cannot bring it back.`, surroundings)
}
