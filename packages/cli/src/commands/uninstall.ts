import { CoatcheckError } from '@coatcheck/contract'
import { Command } from 'commander'
import { demandConsent } from '../ask-at-terminal.ts'
import type { Session } from '../session.ts'
import { removeAuthority } from '../trust/install-authority.ts'
import { TrustLedger } from '../trust/trust-ledger.ts'

const examples = `
The keys are destroyed first: without them nothing of the rest can be opened, backups without keys included. The program
itself stays; npm uninstall removes it. What coatcheck trust put into trust stores is taken away.

Examples:
  $ coatcheck uninstall
  $ coatcheck uninstall --yes --keep-audit`

interface UninstallOptions {
  readonly yes?: boolean
  readonly keepAudit?: boolean
}

/** `coatcheck uninstall` */
export function uninstallCommand(session: Session): Command {
  return new Command('uninstall')
    .description('destroy the keys of this home, and delete everything that lies in it')
    .option('-y, --yes', 'do not ask')
    .option('--keep-audit', 'leave the journal')
    .addHelpText('after', examples)
    .action(async ({ yes = false, keepAudit = false }: UninstallOptions, self: Command) => {
      const { planRemoval, uninstallHome } = await import('@coatcheck/broker/offline')
      const home = session.home(self)
      const output = session.output(self)
      if (!yes) await askFirst(session, planRemoval(home, keepAudit).deleted)
      // First of all: afterwards nobody would know where they lie.
      const ledger = new TrustLedger(home)
      for (const entry of ledger.list()) removeAuthority(entry, {}, ledger)
      const { deleted, left } = uninstallHome(home, keepAudit)
      output.show({ deleted, left }, () => [
        ...(deleted.length === 0
          ? ['There was nothing to delete.']
          : ['Deleted:', ...deleted.map((path) => `  ${path}`)]),
        ...left.map((path) => `Left: ${path}`),
      ])
    })
}

/** @throws CoatcheckError `request_invalid` */
async function askFirst({ surroundings: { stdin, stderr } }: Session, deleted: readonly string[]): Promise<void> {
  if (deleted.length === 0) return
  if (!stdin.isTTY) throw new CoatcheckError('request_invalid', { reason: 'add `--yes` to delete everything' })
  const message = `Destroy the keys and delete all this?\n${deleted.join('\n')}`
  await demandConsent(message, { stdin, stderr })
}
