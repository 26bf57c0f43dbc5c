import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { verifyAudit } from '../audit/verify-journal.ts'
import { type Home, homePaths } from '../config/home.ts'
import { finishClaimedChange, sweepStages } from '../config/home-change.ts'
import { prepareHome } from '../config/prepare-home.ts'
import { removeEmptyFolders } from '../config/remove-empty-folders.ts'
import { HomeLock } from '../storage/sqlite/home-lock.ts'
import { verifyDatabase } from '../storage/sqlite/verify-database.ts'
import { verifyUsage } from '../storage/sqlite/verify-usage.ts'
import { FileKeyProvider } from '../vault/file-key-provider.ts'
import { type KeyBundle, openKeyBundle } from '../vault/key-bundle.ts'
import type { KeyProvider } from '../vault/key-provider.ts'
import { KeyRing } from '../vault/key-ring.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import { damaged } from './backup-format.ts'
import { putInPlace, type ReplacedParts } from './put-in-place.ts'
import { readIntoStage, type StagedBackup } from './read-into-stage.ts'

/** What is restored, and where to. */
export interface RestoreOptions {
  readonly home: Home
  readonly chunks: AsyncIterable<Uint8Array>
  /** Whether an installation that is there may be replaced; it is kept beside the new one. */
  readonly replace: boolean
  /** Asked when the backup, or the key of the home, lies under a passphrase. */
  askPassphrase(of: 'backup' | 'key'): Promise<SecretValue>
}

/** What was restored. */
export interface RestoredBackup extends ReplacedParts {
  readonly madeAt: string
  readonly secrets: number
  readonly records: number
}

/**
 * Puts a backup in the place of a home, once all of it was verified: its hash, its pages, the seals of its rows, its
 * journals. Nothing is changed before.
 * @throws CoatcheckError `backup_unusable` | `home_occupied` | `home_in_use` | `key_unusable` | `passphrase_wrong` | `storage_newer` | `storage_unavailable`
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoredBackup> {
  const { home, replace } = options
  const { lock: lockPath } = homePaths(home)
  if (!replace) refuseOccupied(home)
  const isNew = !existsSync(lockPath)
  prepareHome(home)
  const lock = new HomeLock(lockPath, 'alone')
  const stage = `restore-${process.pid}-${randomBytes(4).toString('hex')}.partial`
  let isDone = false
  try {
    finishClaimedChange(home)
    if (!replace) refuseOccupied(home)
    mkdirSync(join(home.data, stage), { mode: 0o700 })
    const restored = await verifyAndPlace(options, stage)
    isDone = true
    return restored
  } catch (error) {
    throw translate(error)
  } finally {
    sweepStages(home)
    if (isNew && !isDone) rmSync(lockPath, { force: true })
    lock.release()
    if (!isDone) removeEmptyFolders(home)
  }
}

function refuseOccupied(home: Home): void {
  const { database } = homePaths(home)
  if (existsSync(database) && statSync(database).size > 0)
    throw new CoatcheckError('home_occupied', { path: home.data })
}

function translate(error: unknown): unknown {
  if (error instanceof CoatcheckError || !(error instanceof Error && 'syscall' in error)) return error
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
  return new CoatcheckError('storage_unavailable', { reason }, { cause: error })
}

async function verifyAndPlace(options: RestoreOptions, stage: string): Promise<RestoredBackup> {
  const { home, chunks, askPassphrase } = options
  const staged = await readIntoStage(chunks, join(home.data, stage))
  const bundle = await openBundle(staged, askPassphrase)
  const keyRing = await openRing(bundle, options)
  try {
    const { secrets } = verifyStaged(() => verifyDatabase(staged.database, keyRing))
    if (staged.usage !== undefined) verifyStaged(() => verifyUsage(staged.usage!))
    const { ok, records, faults } = await verifyAudit({ directory: staged.audit })
    if (!ok) throw damaged(`its journal is not intact: ${faults[0] ?? ''}`)
    const isSame = bundle === undefined || isKeyOf(home, keyRing.keyId, bundle)
    const replaced = putInPlace({
      home,
      stage,
      staged,
      bundle: bundle?.content,
      isSame,
      passphrase: bundle?.passphrase,
    })
    return { madeAt: staged.madeAt, secrets, records, ...replaced }
  } finally {
    bundle?.passphrase[Symbol.dispose]()
  }
}

interface OpenedBundle {
  readonly content: KeyBundle
  readonly passphrase: SecretValue
}

async function openBundle(
  { keys }: StagedBackup,
  askPassphrase: RestoreOptions['askPassphrase'],
): Promise<OpenedBundle | undefined> {
  if (keys === undefined) return undefined
  const passphrase = await askPassphrase('backup')
  return { content: openKeyBundle(keys, passphrase), passphrase }
}

/** The keys of the backup itself, or else those of the home. */
async function openRing(bundle: OpenedBundle | undefined, { home, askPassphrase }: RestoreOptions): Promise<KeyRing> {
  if (bundle !== undefined) return new KeyRing(providerOf(bundle.content))
  const { keyFile } = homePaths(home)
  if (!existsSync(keyFile)) {
    const reason = 'the backup was made without the keys; put the folder of the keys in its place first'
    throw new CoatcheckError('key_unusable', { path: home.keys, reason })
  }
  const keyRing = new KeyRing(new FileKeyProvider(keyFile, { databaseDirectory: home.data }))
  if (!keyRing.locked) return keyRing
  using passphrase = await askPassphrase('key')
  keyRing.unlock(passphrase)
  return keyRing
}

function providerOf({ keys }: KeyBundle): KeyProvider {
  return { read: () => keys.map((key) => Buffer.from(key, 'hex')), version: () => '', forget: () => {} }
}

/** Whether the home has no key, or the one of the bundle; one that lies under another passphrase is taken for another one. */
function isKeyOf(home: Home, keyId: string, { passphrase }: OpenedBundle): boolean {
  const { keyFile } = homePaths(home)
  if (!existsSync(keyFile)) return true
  try {
    const present = new KeyRing(new FileKeyProvider(keyFile))
    if (present.locked) present.unlock(passphrase)
    return present.knows(keyId)
  } catch (error) {
    if (error instanceof CoatcheckError) return false
    throw error
  }
}

function verifyStaged<Result>(verify: () => Result): Result {
  try {
    return verify()
  } catch (error) {
    const isDamaged = error instanceof CoatcheckError && ['row_tampered', 'storage_damaged'].includes(error.code)
    throw isDamaged ? damaged('its database is damaged', error) : error
  }
}
