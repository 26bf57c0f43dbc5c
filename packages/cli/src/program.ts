import type { Command } from 'commander'
import { baseProgram, settle } from './base-program.ts'
import { approvalCommand } from './commands/approval.ts'
import { approveCommand, denyCommand } from './commands/approval-decide.ts'
import { auditCommand } from './commands/audit.ts'
import { backupCommand } from './commands/backup.ts'
import { capCommand } from './commands/cap.ts'
import { completeCommand, completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { decoyCommand } from './commands/decoy.ts'
import { doctorCommand } from './commands/doctor.ts'
import { explainCommand } from './commands/explain.ts'
import { initCommand } from './commands/init.ts'
import { keyCommand } from './commands/key.ts'
import { lockdownCommand } from './commands/lockdown.ts'
import { logsCommand } from './commands/logs.ts'
import { memberCommand } from './commands/member.ts'
import { policyCommand } from './commands/policy.ts'
import { profileCommand } from './commands/profile.ts'
import { projectCommand } from './commands/project.ts'
import { providerCommand } from './commands/provider.ts'
import { reachCommand } from './commands/reach.ts'
import { restoreCommand } from './commands/restore.ts'
import { runCommand } from './commands/run.ts'
import { sandboxCommand } from './commands/sandbox.ts'
import { secretCommand } from './commands/secret.ts'
import { serveCommand } from './commands/serve.ts'
import { settingsCommand } from './commands/settings.ts'
import { sourceCommand } from './commands/source.ts'
import { statusCommand } from './commands/status.ts'
import { tokenCommand } from './commands/token.ts'
import { trustCommand } from './commands/trust.ts'
import { uninstallCommand } from './commands/uninstall.ts'
import { usageCommand } from './commands/usage.ts'
import { vaultCommand } from './commands/vault.ts'
import type { Session } from './session.ts'

/** The `coatcheck` command with all it can do. `json` says whether what it has to say is read by a program. */
export function createProgram(session: Session, json = false): Command {
  const program = baseProgram()
    .addCommand(runCommand(session))
    .addCommand(secretCommand(session))
    .addCommand(sourceCommand(session))
    .addCommand(sandboxCommand(session))
    .addCommand(keyCommand(session))
    .addCommand(capCommand(session))
    .addCommand(usageCommand(session))
    .addCommand(lockdownCommand(session))
    .addCommand(logsCommand(session))
    .addCommand(statusCommand(session))
    .addCommand(doctorCommand(session))
    .addCommand(explainCommand(session))
    .addCommand(reachCommand(session))
    .addCommand(initCommand(session))
    .addCommand(serveCommand(session))
    .addCommand(settingsCommand(session))
    .addCommand(providerCommand(session))
    .addCommand(profileCommand(session))
    .addCommand(policyCommand(session))
    .addCommand(configCommand(session))
    .addCommand(decoyCommand(session))
    .addCommand(approvalCommand(session))
    .addCommand(approveCommand(session))
    .addCommand(denyCommand(session))
    .addCommand(vaultCommand(session))
    .addCommand(trustCommand(session))
    .addCommand(backupCommand(session))
    .addCommand(restoreCommand(session))
    .addCommand(uninstallCommand(session))
    .addCommand(tokenCommand(session))
    .addCommand(memberCommand(session))
    .addCommand(projectCommand(session))
    .addCommand(auditCommand(session))
    .addCommand(completionCommand())
  program.addCommand(completeCommand(session, program), { hidden: true })
  return settle(program, session, json)
}
