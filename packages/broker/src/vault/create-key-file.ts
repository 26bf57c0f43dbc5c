import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { formatKeyFile } from './key-file-format.ts'
import { checkKeyFileLocation, unusable } from './key-file-location.ts'

/**
 * Creates a key file with a random key, and its folder with mode 0700. The file appears whole or not at all, and an
 * existing one is never replaced.
 * @throws CoatcheckError `key_unusable`
 */
export function createKeyFile(path: string, options: { readonly databaseDirectory?: string } = {}): void {
  const folder = dirname(path)
  const unfinished = `${path}.${randomBytes(8).toString('hex')}.tmp`
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    checkKeyFileLocation(path, options.databaseDirectory)
    writeKey(unfinished)
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

function writeKey(path: string): void {
  const key = randomBytes(32)
  const text = formatKeyFile(key)
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    fchmodSync(descriptor, 0o600)
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
    key.fill(0)
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
