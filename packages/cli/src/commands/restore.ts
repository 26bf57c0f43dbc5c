import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { Command } from 'commander'
import { whyNot } from '../file-failure.ts'
import { askPassphrase, passphraseFileOf } from '../passphrase.ts'
import { Progress } from '../progress.ts'
import { readValue } from '../read-value.ts'
import type { Session } from '../session.ts'

const examples = `
Everything is verified before anything is changed. When the backup is older than what was written here last, the vault asks
for coatcheck vault confirm-rollback before it gives anything out.

Examples:
  $ coatcheck restore coatcheck.backup
  $ coatcheck restore --replace coatcheck.backup`

interface RestoreOptions {
  readonly replace?: boolean
  readonly passphraseFile?: string
}

/** `coatcheck restore` */
export function restoreCommand(session: Session): Command {
  return new Command('restore')
    .description('put a backup into an empty home, or in the place of what is there')
    .argument('<file>', '- reads standard input')
    .option('--replace', 'replace the installation that is there, and keep it beside the new one')
    .option('--passphrase-file <file>', 'read the passphrase of the backup from a file')
    .addHelpText('after', examples)
    .action(async (file: string, options: RestoreOptions, self: Command) => {
      const { restoreBackup, SecretValue } = await import('@coatcheck/broker/offline')
      const progress = new Progress(session.surroundings.stderr, 'Bytes read')
      const secret = (text: string) => new SecretValue(Buffer.from(text))
      const restored = await restoreBackup({
        home: session.home(self),
        chunks: counted(chunksOf(file, session), progress),
        replace: options.replace === true,
        async askPassphrase(of) {
          progress.end()
          return secret(await passphraseOf(of, options, session))
        },
      }).finally(() => progress.end())
      const { madeAt, secrets, records, kept, settings } = restored
      session
        .output(self)
        .show(restored, () => [
          `Restored the backup of ${madeAt}: ${secrets} secrets, ${records} records of the journal.`,
          ...kept.map((folder) => `What was there before lies in ${folder}`),
          ...(settings === null
            ? []
            : [
                `Its settings no longer hold; look at ${settings}, and say with coatcheck settings set what is to hold`,
              ]),
          'Next: coatcheck status; if the vault is rolled back, coatcheck vault confirm-rollback',
        ])
    })
}

async function passphraseOf(
  of: 'backup' | 'key',
  { passphraseFile }: RestoreOptions,
  session: Session,
): Promise<string> {
  const { surroundings } = session
  const valueFile = of === 'backup' ? passphraseFile : passphraseFileOf(surroundings)
  if (valueFile !== undefined) return readValue({ valueFile: resolve(surroundings.cwd, valueFile) }, surroundings, '')
  return askPassphrase(of === 'backup' ? 'Passphrase of the backup' : 'Passphrase of the key', surroundings)
}

async function* counted(chunks: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  let read = 0
  for await (const chunk of chunks) {
    read += chunk.length
    progress.tell(read)
    yield chunk
  }
}

async function* chunksOf(file: string, { surroundings: { stdin, cwd } }: Session): AsyncGenerator<Uint8Array> {
  try {
    yield* (file === '-' ? stdin : createReadStream(resolve(cwd, file))) as AsyncIterable<Uint8Array>
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw new CoatcheckError('backup_unusable', { reason: whyNot('it cannot be read', error) }, { cause: error })
  }
}
