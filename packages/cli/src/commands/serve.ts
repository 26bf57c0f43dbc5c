import { homePaths } from '@coatcheck/broker/home'
import { Command } from 'commander'
import { startBrokerChild } from '../broker-child.ts'
import { brokerCommand } from '../broker-command.ts'
import { forwardSignals } from '../run/signals.ts'
import { addServeOptions, type ServeOptions, settingsFrom } from '../serve-settings.ts'
import type { Session } from '../session.ts'

const examples = `
Without it, each command starts a broker of its own. Its log goes to standard error, one line of JSON each.

Example:
  $ coatcheck serve`

/** `coatcheck serve`: a broker in the foreground, for every command of this home. */
export function serveCommand(session: Session): Command {
  const command = new Command('serve')
    .description('run a broker until it is told to stop')
    .addHelpText('after', examples)
    .action(async (options: ServeOptions, self: Command) => {
      const { environment, stdin, stdout, stderr, cwd } = session.surroundings
      const home = session.home(self)
      const socketPath = homePaths(home).socket
      const settings = settingsFrom(options, cwd)
      const child = await startBrokerChild(brokerCommand(environment), { home, socketPath, settings }, 'foreground')
      const hasTerminal = [stdin, stdout, stderr].some(({ isTTY }) => isTTY)
      const restore = forwardSignals((signal) => void child.process.kill(signal), hasTerminal)
      session.output(self).show({ ready: true, socketPath }, () => [`The broker listens on ${socketPath}`])
      session.exitCode = await child.exit.finally(restore)
    })
  return addServeOptions(command)
}
