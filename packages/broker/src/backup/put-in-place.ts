import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Home, homePaths } from '../config/home.ts'
import { writeFileAtomically } from '../foundation/write-file-atomically.ts'
import { createKeyFile } from '../vault/create-key-file.ts'
import type { KeyBundle } from '../vault/key-bundle.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import type { StagedBackup } from './read-into-stage.ts'

/** What goes where. */
export interface Placement {
  readonly home: Home
  readonly staged: StagedBackup
  readonly bundle: KeyBundle | undefined
  /** Whether the backup is one of the installation that is there. */
  readonly isSame: boolean
  /** Of the bundle. */
  readonly passphrase: SecretValue | undefined
}

/**
 * Moves a verified backup into its home, and what it replaces aside: says where that lies. The database comes last, so that
 * a sudden death leaves the old one or the new one.
 */
export function putInPlace(placement: Placement): readonly string[] {
  const { home, isSame } = placement
  const name = `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  const aside = { data: join(home.data, name), keys: join(home.keys, name) }
  const { audit, checkpointKey, highWater, keyFile, secretShares } = homePaths(home)
  const kept = isSame ? [] : moveAside([keyFile, highWater, checkpointKey, secretShares], aside.keys)
  const journals = isSame ? [] : moveAside([audit], aside.data)
  placeKeys(placement)
  placeJournals(placement)
  const databases = placeDatabase(placement, aside.data)
  for (const folder of [home.data, audit, home.keys, secretShares]) synchronize(folder)
  return [
    ...new Set([...kept.map(() => aside.keys), ...journals.map(() => aside.data), ...databases.map(() => aside.data)]),
  ]
}

function placeKeys({ home, bundle, passphrase }: Placement): void {
  const { checkpointKey, keyFile, secretShares } = homePaths(home)
  mkdirSync(secretShares, { recursive: true, mode: 0o700 })
  if (bundle === undefined) return
  if (!existsSync(keyFile)) {
    const keys = bundle.keys.map((key) => Buffer.from(key, 'hex'))
    createKeyFile(keyFile, {
      databaseDirectory: home.data,
      keys,
      passphrase: bundle.kind === 'passphrase' ? passphrase : undefined,
    })
    for (const key of keys) key.fill(0)
  }
  for (const [secretId, share] of Object.entries(bundle.shares)) {
    const path = join(secretShares, secretId)
    if (/^[a-z]{3}_[0-9a-z]{1,40}$/.test(secretId) && !existsSync(path))
      writeFileAtomically(path, Buffer.from(share, 'hex'))
  }
  if (bundle.checkpointKey !== null && !existsSync(checkpointKey))
    writeFileAtomically(checkpointKey, bundle.checkpointKey)
}

/** Journals only ever grow, so one that is there already knows at least as much. */
function placeJournals({ home, staged }: Placement): void {
  const { audit } = homePaths(home)
  mkdirSync(audit, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(staged.audit)) {
    if (!existsSync(join(audit, name))) renameSync(join(staged.audit, name), join(audit, name))
  }
}

function placeDatabase({ home, staged }: Placement, aside: string): readonly string[] {
  const { database } = homePaths(home)
  const present = [database, `${database}-wal`, `${database}-shm`].filter((path) => existsSync(path))
  if (present.length > 0) mkdirSync(aside, { recursive: true, mode: 0o700 })
  for (const path of present) linkSync(path, join(aside, path.slice(home.data.length + 1)))
  for (const path of present.slice(1)) rmSync(path)
  synchronizeFile(staged.database)
  renameSync(staged.database, database)
  return present
}

function moveAside(paths: readonly string[], folder: string): readonly string[] {
  const present = paths.filter((path) => existsSync(path))
  if (present.length > 0) mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const path of present) renameSync(path, join(folder, path.slice(path.lastIndexOf('/') + 1)))
  return present
}

function synchronize(folder: string): void {
  if (existsSync(folder)) synchronizeFile(folder)
}

function synchronizeFile(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
