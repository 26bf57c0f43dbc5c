import { existsSync, lstatSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { leadsInto, realPath } from '../foundation/real-path.ts'

/**
 * Refuses a place where a key file could be read, replaced or copied by others: its folder has to be a real folder of this
 * user with mode 0700, in no git work tree, and not inside `databaseDirectory`.
 * @throws CoatcheckError `key_unusable`
 */
export function checkKeyFileLocation(path: string, databaseDirectory: string | undefined): void {
  const folder = dirname(resolve(path))
  const entry = attempt(() => lstatSync(folder))
  if (entry.isSymbolicLink() || !entry.isDirectory()) throw unusable('its folder is not a real folder')
  if (entry.uid !== process.geteuid?.()) throw unusable('its folder belongs to another user')
  if ((entry.mode & 0o077) !== 0) throw unusable('its folder is open to group or others')
  // SECURITY: who takes the database, or a clone of the repository, must not get the key with it.
  refuseWorkTree(folder)
  if (databaseDirectory !== undefined && leadsInto(folder, databaseDirectory)) {
    throw unusable('it lies in the folder of the database')
  }
}

/** Refuses a folder, there or yet to be made, that lies in a git work tree. @throws CoatcheckError `key_unusable` */
export function refuseWorkTree(folder: string): void {
  for (const ancestor of [...ancestors(resolve(folder)), ...ancestors(realPath(folder))]) {
    if (existsSync(join(ancestor, '.git'))) throw unusable('it lies in a git work tree')
  }
}

/** The failure of a key file, with why. */
export function unusable(reason: string, cause?: unknown): CoatcheckError {
  return new CoatcheckError('key_unusable', { reason }, { cause })
}

function attempt<Result>(act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    throw unusable((error as NodeJS.ErrnoException).code ?? 'its folder cannot be read', error)
  }
}

function* ancestors(folder: string): Generator<string> {
  for (let current = folder; ; current = dirname(current)) {
    yield current
    if (current === dirname(current)) return
  }
}
