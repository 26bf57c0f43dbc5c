import type { BrokerStatus } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { Command } from 'commander'
import type { Session } from '../session.ts'

type VaultAct = (client: CoatcheckClient) => Promise<BrokerStatus>

/** `coatcheck vault …` */
export function vaultCommand(session: Session): Command {
  const act = (name: string, description: string, change: VaultAct): Command =>
    new Command(name).description(description).action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const status = await change(client)
        output.show(status, () => [`The vault is ${status.vault}.`])
      }),
    )
  return new Command('vault')
    .description('lock and unlock the vault')
    .addCommand(act('lock', 'wipe the keys; nothing carries a secret until unlock', ({ vault }) => vault.lock()))
    .addCommand(act('unlock', 'read the key again', ({ vault }) => vault.unlock()))
    .addCommand(
      act('confirm-rollback', 'take a database that was put back as the present one', ({ vault }) =>
        vault.confirmRollback(),
      ),
    )
}
