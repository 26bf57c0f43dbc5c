import { homePaths } from '@coatcheck/broker/home'
import { Command } from 'commander'
import type { Session } from '../session.ts'
import { fieldLines } from '../table.ts'

const examples = `
Other commands do this by themselves; init is for those who want to see where things lie first. Running it again
changes nothing.

Example:
  $ coatcheck init`

/** `coatcheck init` */
export function initCommand(session: Session): Command {
  return new Command('init')
    .description('create key and database, and say where they are')
    .addHelpText('after', examples)
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ home, output }) => {
        const { database, audit, keyFile, socket } = homePaths(home)
        output.show({ home, database, audit, keyFile, socket }, () => [
          ...fieldLines([
            ['database', database],
            ['journal', audit],
            ['key', keyFile],
          ]),
          'Keep a copy of the key apart from copies of the database. Next: coatcheck secret create',
        ])
      }),
    )
}
