import { Command } from 'commander'
import type { Session } from './session.ts'
import { version } from './version.ts'

const examples = `
Examples:
  $ coatcheck run -- claude                               protect the keys in your environment for one run
  $ coatcheck secret create stripe --provider stripe      store a secret
  $ coatcheck run --secret STRIPE_SECRET_KEY=stripe -- node app.js
  $ coatcheck logs -f

Exit codes: 0 it worked, 1 it failed, 2 wrong usage, 3 not found, 4 refused, 5 no broker, 6 locked, 7 cannot fence;
run ends with the code of its command.`

/** The `coatcheck` command without anything that it can do: its own options and its help. */
export function baseProgram(): Command {
  return new Command('coatcheck')
    .description('Gives AI agents the use of credentials without the credentials.')
    .version(version)
    .option('--home <dir>', 'keep data, keys and sockets under this folder')
    .option('--json', 'print results, and failures, as JSON')
    .option('--project <name>', 'act in this project instead of `default`')
    .option('--broker <url>', 'talk to the broker that listens there, with a token')
    .option('--token-file <file>', 'read that token from a file; - reads standard input')
    .option('--broker-ca <file>', 'trust these roots for its certificate, PEM')
    .addHelpText('after', examples)
}

/** Lets every command throw instead of ending the process, and leaves what it has to say to the one who catches. */
export function settle(command: Command, session: Session, json: boolean): Command {
  const { stdout, stderr } = session.surroundings
  command.exitOverride()
  command.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => void (json || stderr.write(text)),
    outputError: () => undefined,
  })
  for (const child of command.commands) settle(child, session, json)
  return command
}
