import { randomBytes } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { completeSize } from '../audit/complete-size.ts'
import { snapshotDatabase } from '../storage/sqlite/snapshot-database.ts'
import type { KeyCustody } from '../vault/key-custody.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import { type BackupEntry, sizeOfBackup, writeBackup } from './backup-format.ts'

/** What a backup is made of. */
export interface BackupSources {
  readonly paths: {
    readonly database: string
    readonly audit: string
    readonly secretShares: string
    readonly checkpointKey: string
  }
  /** For the snapshot, while the backup is read. */
  readonly scratch: string
  readonly custody: KeyCustody
  readonly version: string
  readonly now: () => Date
}

/** A backup that is ready to be read. */
export interface Backup {
  /** In bytes. */
  readonly size: number
  /** To be read once. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** Removes the snapshot, read or not. */
  discard(): void
}

/**
 * Takes a snapshot of database and journal. Everything in it is ciphertext or metadata; the keys are there only with a
 * passphrase, and encrypted under it.
 * @throws CoatcheckError `storage_unavailable` | `row_tampered` | `passphrase_weak` | `vault_locked` | `key_unusable`
 */
export async function makeBackup(sources: BackupSources, passphrase: SecretValue | undefined): Promise<Backup> {
  const folder = join(sources.scratch, `backup-${process.pid}-${randomBytes(4).toString('hex')}.partial`)
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const keys = passphrase === undefined ? undefined : exportKeys(sources, passphrase)
    sweepSnapshots(sources.scratch)
    mkdirSync(folder, { mode: 0o700 })
    const snapshot = join(folder, 'database')
    await snapshotDatabase(sources.paths.database, snapshot)
    const entries = [
      inMemory('manifest', Buffer.from(manifestOf(sources, keys !== undefined))),
      ...(keys === undefined ? [] : [inMemory('keys', keys)]),
      ofFile('database', snapshot, statSync(snapshot).size),
      ...journalEntries(sources.paths.audit),
    ]
    return { size: sizeOfBackup(entries), chunks: writeBackup(entries), discard: remove }
  } catch (error) {
    remove()
    if (error instanceof CoatcheckError || !(error instanceof Error && 'syscall' in error)) throw error
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new CoatcheckError('storage_unavailable', { reason }, { cause: error })
  }
}

function manifestOf({ version, now }: BackupSources, hasKeys: boolean): string {
  return `${JSON.stringify({ version, madeAt: now().toISOString(), keys: hasKeys })}\n`
}

function exportKeys({ custody, paths }: BackupSources, passphrase: SecretValue): Uint8Array {
  const names = readdirSync(paths.secretShares).filter((name) => /^[a-z]{3}_[0-9a-z]{1,40}$/.test(name))
  const shares = names.map((name) => [name, readFileSync(join(paths.secretShares, name)).toString('hex')] as const)
  return custody.exportKeys(passphrase, {
    shares: Object.fromEntries(shares),
    checkpointKey: readFileSync(paths.checkpointKey, 'utf8'),
  })
}

/** Journals as far as they are complete now; they only ever grow. */
function journalEntries(folder: string): readonly BackupEntry[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      if (/^jrn_[0-9a-z]{20}\.jsonl$/.test(name)) return [ofFile(`audit/${name}`, path, completeSize(path))]
      if (/^jrn_[0-9a-z]{20}\.checkpoint\.json$/.test(name)) return [inMemory(`audit/${name}`, readFileSync(path))]
      return []
    })
}

function inMemory(name: string, bytes: Uint8Array): BackupEntry {
  return { name, size: bytes.length, read: () => [bytes] }
}

function ofFile(name: string, path: string, size: number): BackupEntry {
  return { name, size, read: () => (size === 0 ? [] : createReadStream(path, { end: size - 1 })) }
}

/** Removes the snapshots of processes that died over them. */
function sweepSnapshots(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^backup-(\d+)-[0-9a-f]{8}\.partial$/.exec(name) ?? []
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(folder, name), { recursive: true, force: true })
  }
}
