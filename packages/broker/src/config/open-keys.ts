import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { sweepUnfinished } from '../foundation/write-file-atomically.ts'
import { createKeyFile } from '../vault/create-key-file.ts'
import { FileKeyProvider } from '../vault/file-key-provider.ts'
import { KeyFileEditor } from '../vault/key-file-editor.ts'
import { KeyRing } from '../vault/key-ring.ts'
import { FileLockMarker } from '../vault/lock-marker.ts'
import { assertStrongPassphrase } from '../vault/passphrase.ts'
import { readPassphraseFile } from '../vault/read-passphrase-file.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import { type Home, homePaths } from './home.ts'

/** How the key of a home is opened, or made. */
export interface KeyOptions {
  /** For this start; wiped once it was used. */
  readonly passphrase?: SecretValue
  /** Read each time that the key asks for a passphrase and nobody gives one. */
  readonly passphraseFile?: string
  /** How a key is made that is missing; in the clear when absent. */
  readonly newKey?: 'file' | 'passphrase'
}

/** The keys of a home. */
export interface OpenedKeys {
  readonly keyRing: KeyRing
  readonly keyFile: KeyFileEditor
}

/** Refuses, before anything is written, to make a key under a passphrase that is missing or weak. @throws CoatcheckError `passphrase_required` | `passphrase_weak` */
export function checkNewKey(home: Home, { newKey, passphrase }: KeyOptions): void {
  if (newKey !== 'passphrase' || existsSync(homePaths(home).keyFile)) return
  if (passphrase === undefined) throw new CoatcheckError('passphrase_required')
  assertStrongPassphrase(passphrase)
}

/**
 * Opens the key of a home, and makes one where there is none. Without a passphrase that the key asks for, the ring stays locked.
 * @throws CoatcheckError `key_unusable` | `passphrase_wrong` | `passphrase_weak`
 */
export function openKeys(home: Home, options: KeyOptions): OpenedKeys {
  const { keyFile: path } = homePaths(home)
  const { passphrase, passphraseFile, newKey = 'file' } = options
  const databaseDirectory = home.data
  const wanted = newKey === 'passphrase' ? passphrase : undefined
  if (!existsSync(path)) {
    // SECURITY: what was written under a key that is gone must not be begun anew under another one.
    if (isInUse(home)) throw new CoatcheckError('key_unusable', { path, reason: 'it does not exist' })
    createKeyFile(path, { databaseDirectory, passphrase: wanted })
  }
  sweepUnfinished(path)
  let given = passphrase
  const provider = new FileKeyProvider(path, {
    databaseDirectory,
    passphrase() {
      const first = given
      given = undefined
      return first ?? (passphraseFile === undefined ? undefined : readPassphraseFile(passphraseFile))
    },
  })
  try {
    const keyRing = new KeyRing(provider, new FileLockMarker(join(home.keys, 'locked')))
    return { keyRing, keyFile: new KeyFileEditor(path, provider) }
  } catch (error) {
    if (!(error instanceof CoatcheckError) || error.code !== 'key_unusable') throw error
    throw new CoatcheckError(error.code, { path, ...error.facts }, { cause: error })
  } finally {
    given?.[Symbol.dispose]()
    given = undefined
  }
}

/** Whether anything was ever written in the home. */
function isInUse(home: Home): boolean {
  const { database, highWater } = homePaths(home)
  return [database, highWater].some((path) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0)
}
