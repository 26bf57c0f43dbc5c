import { createHash } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Home, homePaths } from '@coatcheck/broker/home'
import { CoatcheckError } from '@coatcheck/contract'
import { type StoreName, storeNames } from './trust-store.ts'

/** One authority in one place, as it is remembered until it is taken away. */
export interface InstalledAuthority {
  readonly store: StoreName
  readonly place: string
  readonly sandbox: string
  readonly label: string
  readonly fingerprint: string
  readonly fingerprintSha1: string
  readonly names: readonly string[]
  readonly installedAt: string
  readonly expiresAt: string
}

/**
 * What was put into which trust store: a file of mode 0600 for each, so that two commands at a time never overwrite what the
 * other one remembers.
 */
export class TrustLedger {
  readonly #folder: string

  constructor(home: Home) {
    this.#folder = homePaths(home).trust
  }

  /** Oldest first. @throws CoatcheckError `home_unusable` */
  list(): readonly InstalledAuthority[] {
    const entries = namesIn(this.#folder).map((name) => this.#read(join(this.#folder, name)))
    return entries.sort((a, b) => (a.installedAt < b.installedAt ? -1 : 1))
  }

  /** Has reached the disk when this returns. */
  remember(entry: InstalledAuthority): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    const path = this.#pathOf(entry)
    const unfinished = `${path}.${process.pid}.tmp`
    const descriptor = openSync(unfinished, 'w', 0o600)
    try {
      writeSync(descriptor, JSON.stringify(entry))
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(unfinished, path)
  }

  forget(entry: InstalledAuthority): void {
    rmSync(this.#pathOf(entry), { force: true })
  }

  #pathOf({ store, place, label }: InstalledAuthority): string {
    const id = createHash('sha256')
      .update(JSON.stringify([store, place, label]))
      .digest('hex')
    return join(this.#folder, `${id.slice(0, 32)}.json`)
  }

  /** SECURITY: what cannot be read is not passed over: an authority would stay where it is, and nobody would know. */
  #read(path: string): InstalledAuthority {
    try {
      const entry = JSON.parse(readFileSync(path, 'utf8')) as InstalledAuthority
      const texts = [entry.place, entry.sandbox, entry.label, entry.fingerprint, entry.installedAt, entry.expiresAt]
      const isWhole = storeNames.includes(entry.store) && texts.every((text) => typeof text === 'string')
      if (isWhole && /^[a-z]+-[0-9a-f]{24}$/.test(entry.label)) return entry
    } catch {
      // Said below.
    }
    throw new CoatcheckError('home_unusable', { path, reason: 'it does not say what lies in which trust store' })
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new CoatcheckError('home_unusable', { path: folder, reason: 'it cannot be read' }, { cause: error })
  }
}
