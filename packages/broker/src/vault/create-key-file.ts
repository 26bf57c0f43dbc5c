import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { formatKeyFile, type KeyFileContent } from './key-file-format.ts'
import { checkKeyFileLocation, unusable } from './key-file-location.ts'
import { keyBytes } from './key-provider.ts'
import { newPassphraseTerms, wrapMasterKey } from './master-key-wrap.ts'
import { assertStrongPassphrase, derivePassphraseKey } from './passphrase.ts'
import type { SecretValue } from './secret-value.ts'

/** How a key file is made. */
export interface NewKeyFileOptions {
  /** A key file inside of it is refused. */
  readonly databaseDirectory?: string
  /** The key lies in the clear when absent. */
  readonly passphrase?: SecretValue | undefined
  /** A random one when absent; wiped by whoever gave them. */
  readonly keys?: readonly Uint8Array[]
}

/**
 * Creates a key file, and its folder with mode 0700. The file appears whole or not at all, and an existing one is never
 * replaced.
 * @throws CoatcheckError `key_unusable` | `passphrase_weak`
 */
export function createKeyFile(path: string, options: NewKeyFileOptions = {}): void {
  if (options.passphrase !== undefined) assertStrongPassphrase(options.passphrase)
  const folder = dirname(path)
  const unfinished = `${path}.${process.pid}.tmp`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    checkKeyFileLocation(path, options.databaseDirectory)
    writeKey(unfinished, options)
    linkSync(unfinished, path)
    synchronizeFolder(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'key_unusable') throw error
    throw unusable(code === 'EEXIST' ? 'it exists already' : (code ?? 'it cannot be created'), error)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** The content of a key file for these keys, under a passphrase or in the clear. */
export function keyFileContent(keys: readonly Uint8Array[], passphrase: SecretValue | undefined): KeyFileContent {
  if (passphrase === undefined) return { kind: 'file', keys }
  const terms = newPassphraseTerms()
  const wrapping = derivePassphraseKey(passphrase, terms.salt, terms.cost)
  try {
    return { kind: 'passphrase', terms, keys: keys.map((key) => wrapMasterKey(wrapping, terms, key)) }
  } finally {
    wrapping.fill(0)
  }
}

function writeKey(path: string, { passphrase, keys: given }: NewKeyFileOptions): void {
  const made = given === undefined ? [randomBytes(keyBytes)] : []
  const text = formatKeyFile(keyFileContent(given ?? made, passphrase))
  const descriptor = openSync(path, 'w', 0o600)
  try {
    fchmodSync(descriptor, 0o600)
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
    for (const key of made) key.fill(0)
    text.fill(0)
  }
}

function synchronizeFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
