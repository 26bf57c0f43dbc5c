import { Command } from 'commander'
import { auditCommand } from './commands/audit.ts'
import { backupCommand } from './commands/backup.ts'
import { completeCommand, completionCommand } from './commands/completion.ts'
import { doctorCommand } from './commands/doctor.ts'
import { explainCommand } from './commands/explain.ts'
import { initCommand } from './commands/init.ts'
import { lockdownCommand } from './commands/lockdown.ts'
import { logsCommand } from './commands/logs.ts'
import { profileCommand } from './commands/profile.ts'
import { providerCommand } from './commands/provider.ts'
import { restoreCommand } from './commands/restore.ts'
import { runCommand } from './commands/run.ts'
import { sandboxCommand } from './commands/sandbox.ts'
import { secretCommand } from './commands/secret.ts'
import { serveCommand } from './commands/serve.ts'
import { statusCommand } from './commands/status.ts'
import { tokenCommand } from './commands/token.ts'
import { trustCommand } from './commands/trust.ts'
import { uninstallCommand } from './commands/uninstall.ts'
import { vaultCommand } from './commands/vault.ts'
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

/** The `coatcheck` command with all it can do. `json` says whether what it has to say is read by a program. */
export function createProgram(session: Session, json = false): Command {
  const program = new Command('coatcheck')
    .description('Gives AI agents the use of credentials without the credentials.')
    .version(version)
    .option('--home <dir>', 'keep data, keys and sockets under this folder')
    .option('--json', 'print results, and failures, as JSON')
    .option('--broker <url>', 'talk to the broker that listens there, with a token')
    .option('--token-file <file>', 'read that token from a file; - reads standard input')
    .option('--broker-ca <file>', 'trust these roots for its certificate, PEM')
    .addHelpText('after', examples)
    .addCommand(runCommand(session))
    .addCommand(secretCommand(session))
    .addCommand(sandboxCommand(session))
    .addCommand(lockdownCommand(session))
    .addCommand(logsCommand(session))
    .addCommand(statusCommand(session))
    .addCommand(doctorCommand(session))
    .addCommand(explainCommand(session))
    .addCommand(initCommand(session))
    .addCommand(serveCommand(session))
    .addCommand(providerCommand(session))
    .addCommand(profileCommand(session))
    .addCommand(vaultCommand(session))
    .addCommand(trustCommand(session))
    .addCommand(backupCommand(session))
    .addCommand(restoreCommand(session))
    .addCommand(uninstallCommand(session))
    .addCommand(tokenCommand(session))
    .addCommand(auditCommand(session))
    .addCommand(completionCommand())
  program.addCommand(completeCommand(session, program), { hidden: true })
  settle(program, session, json)
  return program
}

/** Lets every command throw instead of ending the process, and leaves what it has to say to the one who catches. */
function settle(command: Command, session: Session, json: boolean): void {
  const { stdout, stderr } = session.surroundings
  command.exitOverride()
  command.configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: (text) => void (json || stderr.write(text)),
    outputError: () => undefined,
  })
  for (const child of command.commands) settle(child, session, json)
}
