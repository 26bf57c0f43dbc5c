import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from '../config/home.ts'
import { beginChange, finishClaimedChange, type Move, synchronize } from '../config/home-change.ts'
import { writeFileAtomically } from '../foundation/write-file-atomically.ts'
import { createKeyFile } from '../vault/create-key-file.ts'
import type { KeyBundle } from '../vault/key-bundle.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import type { StagedBackup } from './read-into-stage.ts'

/** What goes where. */
export interface Placement {
  readonly home: Home
  /** Name of the folder in `data` that holds the backup, and of the one in `keys` for its keys. */
  readonly stage: string
  readonly staged: StagedBackup
  readonly bundle: KeyBundle | undefined
  /** Whether the backup is one of the installation that is there. */
  readonly isSame: boolean
  /** Of the bundle. */
  readonly passphrase: SecretValue | undefined
}

const settingsPlace = 'keys/settings.json'
const sourcesPlace = 'keys/sources.yaml'

/**
 * What stays where it is when the backup is one of the same installation. SECURITY: the settings say which way secrets go, and
 * the sources what is run for them; nobody has said that for those of another installation.
 */
const identity = [
  ...['keys/key', 'keys/high-water', 'keys/checkpoint-key', 'keys/secrets', settingsPlace, sourcesPlace],
  'data/audit',
]
/**
 * SECURITY: what was used stays used. Counters of an older moment would give out once more what they have not seen; those of a backup are for
 * a home that has none, or those of another installation.
 */
const usage = ['data/usage.db', 'data/usage.db-wal', 'data/usage.db-shm']
const databases = ['data/coatcheck.db', 'data/coatcheck.db-wal', 'data/coatcheck.db-shm']

/** What was there before a backup was put in its place. */
export interface ReplacedParts {
  /** The folders where it lies now. */
  readonly kept: readonly string[]
  /** Where its settings lie now; null where it had none, or where they hold on. */
  readonly settings: string | null
}

/**
 * Moves a verified backup into its home, and what it replaces aside: says where that lies. All moves are written down before
 * the first one, so that a sudden death leaves the old home, or one that the next command makes the new one.
 */
export function putInPlace(placement: Placement): ReplacedParts {
  const { home, isSame } = placement
  const name = `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
  const replaced = [...(isSame ? [] : [...identity, ...usage]), ...databases].filter((place) =>
    existsSync(pathOf(home, place)),
  )
  const aside = replaced.map((place): Move => [place, place.replace('/', `/${name}/`)])
  const isKept = (place: string): boolean => isSame && existsSync(pathOf(home, place))
  const placed = [...stageKeys(placement, isKept), ...stageData(placement, isKept)]
  beginChange(home, { kind: 'restore', aside, placed })
  finishClaimedChange(home)
  const settings = aside.find(([from]) => from === settingsPlace)
  return {
    kept: [...new Set(aside.map(([, to]) => join(pathOf(home, to), '..')))],
    settings: settings === undefined ? null : pathOf(home, settings[1]),
  }
}

/** Writes keys and shares beside those that are there. */
function stageKeys(
  { home, stage, bundle, passphrase }: Placement,
  isKept: (place: string) => boolean,
): readonly Move[] {
  if (bundle === undefined) return []
  const folder = join(home.keys, stage)
  mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
  const moves: Move[] = []
  const add = (name: string, write: (path: string) => void): void => {
    if (isKept(`keys/${name}`)) return
    write(join(folder, name))
    moves.push([`keys/${stage}/${name}`, `keys/${name}`])
  }
  add('key', (path) => {
    const keys = bundle.keys.map((key) => Buffer.from(key, 'hex'))
    const isSealed = bundle.kind === 'passphrase'
    createKeyFile(path, { databaseDirectory: home.data, keys, passphrase: isSealed ? passphrase : undefined })
    for (const key of keys) key.fill(0)
  })
  for (const [secretId, share] of Object.entries(bundle.shares)) {
    if (!/^[a-z]{3}_[0-9a-z]{1,40}$/.test(secretId)) continue
    add(`secrets/${secretId}`, (path) => writeFileAtomically(path, Buffer.from(share, 'hex')))
  }
  const { checkpointKey } = bundle
  if (checkpointKey !== null) add('checkpoint-key', (path) => writeFileAtomically(path, checkpointKey))
  synchronize(folder)
  return moves
}

/** Journals only ever grow, so one that is there already knows at least as much. */
function stageData({ home, stage, staged }: Placement, isKept: (place: string) => boolean): readonly Move[] {
  const journals = readdirSync(staged.audit).filter((name) => !isKept(`data/audit/${name}`))
  const counters = staged.usage === undefined || isKept('data/usage.db') ? [] : [staged.usage]
  for (const path of [
    ...journals.map((name) => join(staged.audit, name)),
    staged.audit,
    staged.database,
    ...counters,
  ]) {
    synchronize(path)
  }
  synchronize(join(home.data, stage))
  return [
    ...journals.map((name): Move => [`data/${stage}/audit/${name}`, `data/audit/${name}`]),
    [`data/${stage}/database`, 'data/coatcheck.db'],
    ...counters.map((): Move => [`data/${stage}/usage`, 'data/usage.db']),
  ]
}

function pathOf(home: Home, place: string): string {
  const { data, keys } = home
  return place.startsWith('keys/') ? join(keys, place.slice(5)) : join(data, place.slice(5))
}
