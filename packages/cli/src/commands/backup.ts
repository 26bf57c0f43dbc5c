import { once } from 'node:events'
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import type { BackupDownload } from '@coatcheck/sdk'
import { Command } from 'commander'
import { fileFailure } from '../file-failure.ts'
import { isAlive } from '../is-alive.ts'
import { Progress } from '../progress.ts'
import { addPassphraseOptions, type NewPassphraseOptions, readNewPassphrase } from '../read-passphrase.ts'
import type { Session } from '../session.ts'

const examples = `
Without --with-key the backup holds ciphertext only, and opens nowhere but here: keep a copy of the keys apart from it. A
secret that is deleted later is dead in it. With --with-key it holds the keys, too, encrypted under a passphrase: it can be
restored on another machine, and a secret that is deleted later can be got back from it.

Examples:
  $ coatcheck backup /mnt/elsewhere/coatcheck.backup
  $ coatcheck backup --with-key /mnt/elsewhere/coatcheck.backup
  $ coatcheck backup - | ssh host 'cat > coatcheck.backup'`

interface BackupOptions extends NewPassphraseOptions {
  readonly withKey?: boolean
  readonly force?: boolean
}

/** `coatcheck backup` */
export function backupCommand(session: Session): Command {
  const command = new Command('backup')
    .description('write secrets, sandboxes and journal to one file, encrypted')
    .argument('<file>', '- writes to standard output')
    .option('--with-key', 'put the keys into it, under a passphrase')
    .option('-f, --force', 'replace a file that is there')
    .addHelpText('after', examples)
    .action(async (file: string, options: BackupOptions, self: Command) => {
      const target = file === '-' ? '-' : resolve(session.surroundings.cwd, file)
      refuseTarget(target, options, session)
      const passphrase = options.withKey ? await readNewPassphrase(options, session.surroundings, 'backup') : undefined
      await session.withBroker(self, async ({ client, home, output }) => {
        const backup = await client.backup.make(passphrase === undefined ? {} : { passphrase })
        const progress = new Progress(session.surroundings.stderr, 'Bytes written')
        await save(backup, target, options, session, progress).finally(() => progress.end())
        if (target === '-') return
        const withKey = options.withKey === true
        output.show({ file: target, bytes: backup.size, withKey }, () => [
          `${backup.size} bytes in ${target}`,
          withKey
            ? 'The keys are in it, under the passphrase.'
            : `It opens only with the keys; copy ${home.keys} as well, and keep that apart.`,
        ])
      })
    })
  return addPassphraseOptions(command)
}

function refuseTarget(target: string, options: BackupOptions, { surroundings }: Session): void {
  const asks = options.passphraseFile !== undefined || options.passphraseStdin === true
  if (asks && !options.withKey) throw invalid('a passphrase needs `--with-key`')
  if (target === '-' && surroundings.stdout.isTTY) throw invalid('a backup is not written to a terminal')
  if (target !== '-') demandFolder(dirname(target))
  if (target !== '-' && statSync(target, { throwIfNoEntry: false })?.isDirectory())
    throw invalid('this is a folder; name a file in it')
  if (target !== '-' && existsSync(target) && !options.force)
    throw invalid('the file exists; add `--force` to replace it')
}

/** Asked before the broker makes a backup, which it writes down. @throws CoatcheckError `request_invalid` */
function demandFolder(folder: string): void {
  try {
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw fileFailure('the backup cannot be written', error)
  }
}

async function save(
  { chunks, size }: BackupDownload,
  target: string,
  { force = false }: BackupOptions,
  session: Session,
  progress: Progress,
): Promise<void> {
  if (target === '-') {
    for await (const chunk of chunks) {
      if (!session.surroundings.stdout.write(chunk)) await once(session.surroundings.stdout, 'drain')
    }
    return
  }
  const unfinished = `${target}.${process.pid}.partial`
  try {
    sweepUnfinished(target)
    const descriptor = openSync(unfinished, 'wx', 0o600)
    try {
      let written = 0
      for await (const chunk of chunks) {
        for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done)
        written += chunk.length
        progress.tell(written, size)
      }
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    // A file that came into being meanwhile is not replaced.
    if (force) renameSync(unfinished, target)
    else linkSync(unfinished, target)
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException
    throw syscall === undefined ? error : fileFailure('the backup cannot be written', error)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** Removes what commands that were killed left beside the target. */
function sweepUnfinished(target: string): void {
  for (const name of readdirSync(dirname(target))) {
    const [, pid] = /\.(\d+)\.partial$/.exec(name) ?? []
    if (name === `${basename(target)}.${pid}.partial` && !isAlive(Number(pid)))
      rmSync(join(dirname(target), name), { force: true })
  }
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}
