import { keyAsksForPassphrase } from '@coatcheck/broker/home'
import { type BrokerStatus, CoatcheckError } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { askPassphrase, passphraseFileOf } from '../passphrase.ts'
import { Progress } from '../progress.ts'
import { addPassphraseOptions, type NewPassphraseOptions, readNewPassphrase } from '../read-passphrase.ts'
import { readValue } from '../read-value.ts'
import type { Session, Work } from '../session.ts'

type VaultAct = (client: CoatcheckClient) => Promise<BrokerStatus>

const passphraseExamples = `
The key itself stays the same, and so do backups that were made with it. Replace the key, too, if somebody may have had the
old passphrase and the key file: coatcheck vault rotate-key

Examples:
  $ coatcheck vault passphrase
  $ coatcheck vault passphrase --remove`

/** `coatcheck vault …` */
export function vaultCommand(session: Session): Command {
  const act = (name: string, description: string, change: VaultAct): Command =>
    new Command(name)
      .description(description)
      .addHelpText('after', exampleLines(`vault ${name}`))
      .action((_options, self: Command) =>
        session.withBroker(self, async ({ client, output }) => {
          const status = await change(client)
          output.show(status, () => [`The vault is ${status.vault}.`])
        }),
      )
  return new Command('vault')
    .description('lock and unlock the vault, and change its key')
    .addHelpText('after', exampleLines('vault lock', 'vault unlock'))
    .addCommand(act('lock', 'wipe the keys; nothing carries a secret until unlock', ({ vault }) => vault.lock()))
    .addCommand(unlockCommand(session))
    .addCommand(
      act('confirm-rollback', 'take a database that was put back as the present one', ({ vault }) =>
        vault.confirmRollback(),
      ),
    )
    .addCommand(passphraseCommand(session))
    .addCommand(rotateKeyCommand(session))
}

function unlockCommand(session: Session): Command {
  return new Command('unlock')
    .description('read the key again')
    .addHelpText('after', exampleLines('vault unlock'))
    .action((_options, self: Command) =>
      session.withBroker(
        self,
        async ({ client, output }) => {
          const status = await unlock(client, session)
          output.show(status, () => [`The vault is ${status.vault}.`])
        },
        {},
      ),
    )
}

async function unlock({ vault }: CoatcheckClient, session: Session): Promise<BrokerStatus> {
  try {
    return await vault.unlock()
  } catch (error) {
    if (!(error instanceof CoatcheckError) || error.code !== 'passphrase_required') throw error
    return vault.unlock({ passphrase: await presentPassphrase(session, 'Passphrase of the key') })
  }
}

function passphraseCommand(session: Session): Command {
  const command = new Command('passphrase')
    .description('put the key under a passphrase, or under another one')
    .option('--remove', 'keep the key in the clear, readable to this user alone')
    .addHelpText('after', passphraseExamples)
    .action((options: NewPassphraseOptions & { readonly remove?: boolean }, self: Command) =>
      session.withBroker(self, (work) => changePassphrase(options, session, work), {}),
    )
  return addPassphraseOptions(command)
}

async function changePassphrase(
  options: NewPassphraseOptions & { readonly remove?: boolean },
  session: Session,
  { client, home, output }: Work,
): Promise<void> {
  const current = keyAsksForPassphrase(home) ? await presentPassphrase(session, 'Present passphrase') : undefined
  const next = options.remove ? null : await readNewPassphrase(options, session.surroundings)
  const status = await client.vault.changePassphrase({ ...(current !== undefined && { current }), next })
  output.show(status, () => [next === null ? 'The key lies in the clear.' : 'The key lies under the new passphrase.'])
}

/** From the file that the environment names, or typed. */
async function presentPassphrase(session: Session, question: string): Promise<string> {
  const file = passphraseFileOf(session.surroundings)
  if (file !== undefined) return readValue({ valueFile: file }, session.surroundings, '')
  return askPassphrase(question, session.surroundings)
}

function rotateKeyCommand(session: Session): Command {
  return new Command('rotate-key')
    .description('replace the key; values are not touched, and everything goes on meanwhile')
    .addHelpText('after', exampleLines('vault rotate-key'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const progress = new Progress(session.surroundings.stderr, 'Rows under the new key')
        const status = await client.vault
          .rotateKey(({ done, total }) => progress.tell(done, total))
          .finally(() => progress.end())
        output.show(status, () => ['Everything is under the new key, and the old one is destroyed.'])
      }),
    )
}
