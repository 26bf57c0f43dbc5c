import { homePaths } from '@coatcheck/broker/home'
import { Command } from 'commander'
import { startBrokerChild } from '../broker-child.ts'
import { brokerCommand } from '../broker-command.ts'
import { withConfigFile } from '../config-file.ts'
import { unlockOptions } from '../passphrase.ts'
import { forwardSignals } from '../run/signals.ts'
import { addServeOptions, type ServeOptions, settingsFrom } from '../serve-settings.ts'
import type { Session } from '../session.ts'
import { sourceVariables } from '../source-variables.ts'

const examples = `
Without it, each command starts a broker of its own. Its log goes to standard error, one line of JSON each.

A file for --config has these options as members, --proxy-url as proxyUrl; what is on the command line stands over it.
Its members secrets, rules, caps and profiles come into force before a door is open.

Examples:
  $ coatcheck serve
  $ coatcheck serve --config /etc/coatcheck/coatcheck.yaml`

/** `coatcheck serve`: a broker in the foreground, for every command of this home. */
export function serveCommand(session: Session): Command {
  const command = new Command('serve')
    .description('run a broker until it is told to stop')
    .addHelpText('after', examples)
    .action(async (options: ServeOptions, self: Command) => {
      const { environment, stdin, stdout, stderr, cwd } = session.surroundings
      const home = session.home(self)
      const socketPath = homePaths(home).socket
      const configured = await withConfigFile(options, self, cwd)
      const given = settingsFrom(configured.options, cwd)
      const unlocking = given.passphraseFile === undefined ? await unlockOptions(home, session.surroundings) : {}
      const settings = { ...given, ...unlocking.settings }
      const child = await startBrokerChild(
        brokerCommand(environment),
        {
          ...unlocking,
          ...(await sourceVariables(home, settings.sourcesFile, environment)),
          home,
          socketPath,
          settings,
          ...(configured.config && { config: configured.config }),
        },
        'foreground',
      )
      const hasTerminal = [stdin, stdout, stderr].some(({ isTTY }) => isTTY)
      const restore = forwardSignals((signal) => void child.process.kill(signal), hasTerminal)
      const { apiUrl, proxyUrl } = child.ready
      session
        .output(self)
        .show({ ready: true, socketPath, ...(apiUrl && { apiUrl }), ...(proxyUrl && { proxyUrl }) }, () => [
          `The broker listens on ${socketPath}`,
          ...(apiUrl === undefined ? [] : [`The management API listens on ${apiUrl}`]),
          ...(proxyUrl === undefined ? [] : [`Sandboxes from elsewhere come in at ${proxyUrl}`]),
        ])
      session.exitCode = await child.exit.finally(restore)
    })
  return addServeOptions(command)
}
