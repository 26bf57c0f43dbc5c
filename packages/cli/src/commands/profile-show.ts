import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { profileLines } from '../profile-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

/** `coatcheck profile show` */
export function profileShowCommand(session: Session): Command {
  return new Command('show')
    .description('show what a sandbox of a profile may reach, which secrets it has, and what bounds it')
    .addHelpText('after', exampleLines('profile show dev'))
    .argument('<name>', 'as profile list shows it')
    .action((name: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const profile = await withNameHint(client, 'profile', name, () => client.profiles.get(name))
        output.show(profile, () => profileLines(profile))
      }),
    )
}
