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
    readonly usage: string
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

/** Makes backups, and sees to it that none leaves a snapshot behind. */
export class BackupMaker {
  readonly #sources: BackupSources
  readonly #open = new Set<() => void>()

  constructor(sources: BackupSources) {
    this.#sources = sources
  }

  /**
   * Takes a snapshot of database, counters of caps and journal. Everything in it is ciphertext or metadata; the keys are there only with a
   * passphrase, and encrypted under it.
   * @throws CoatcheckError `storage_unavailable` | `storage_damaged` | `passphrase_weak` | `vault_locked` | `key_unusable`
   */
  async make(passphrase: SecretValue | undefined): Promise<Backup> {
    const { scratch, paths } = this.#sources
    const folder = join(scratch, `backup-${process.pid}-${randomBytes(4).toString('hex')}.partial`)
    const discard = (): void => {
      this.#open.delete(discard)
      rmSync(folder, { recursive: true, force: true })
    }
    this.#open.add(discard)
    try {
      const keys = passphrase === undefined ? undefined : exportKeys(this.#sources, passphrase)
      sweepSnapshots(scratch)
      mkdirSync(folder, { mode: 0o700 })
      const snapshot = join(folder, 'database')
      await snapshotDatabase(paths.database, snapshot)
      const usage = existsSync(paths.usage) ? join(folder, 'usage') : undefined
      if (usage !== undefined) await snapshotDatabase(paths.usage, usage)
      const entries = [
        inMemory('manifest', Buffer.from(manifestOf(this.#sources, keys !== undefined))),
        ...(keys === undefined ? [] : [inMemory('keys', keys)]),
        ofFile('database', snapshot, statSync(snapshot).size),
        ...(usage === undefined ? [] : [ofFile('usage', usage, statSync(usage).size)]),
        ...journalEntries(paths.audit),
      ]
      return { size: sizeOfBackup(entries), chunks: writeBackup(entries), discard }
    } catch (error) {
      discard()
      throw translate(error)
    }
  }

  /** Removes the snapshots of backups that nobody read to their end. */
  close(): void {
    for (const discard of this.#open) discard()
  }
}

function translate(error: unknown): unknown {
  if (error instanceof CoatcheckError || !(error instanceof Error && 'syscall' in error)) return error
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
  return new CoatcheckError('storage_unavailable', { reason }, { cause: error })
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
