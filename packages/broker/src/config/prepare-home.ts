import { chmodSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import { type Home, homePaths } from './home.ts'

/** Creates the folders of a home with mode 0700 and refuses ones that somebody else could steer. @throws CoatcheckError `home_unusable` */
export function prepareHome(home: Home): void {
  // The folder that holds `keys` is ours in every layout: `coatcheck` below the configuration folder, or `--home` itself.
  createPrivateDirectory(dirname(home.keys))
  for (const path of [home.data, homePaths(home).audit, home.keys, home.run]) {
    createPrivateDirectory(path)
    // SECURITY: database, journal and key are readable by nobody else, even where a file inside is created carelessly.
    attempt(path, () => chmodSync(path, 0o700))
  }
}

/** `mkdir -p` with mode 0700; a folder that is there already must be a real one, ours, and writable by nobody else. */
function createPrivateDirectory(path: string): void {
  attempt(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }))
  const entry = attempt(path, () => lstatSync(path))
  if (entry.isSymbolicLink()) throw unusable(path, 'it is a symbolic link')
  if (!entry.isDirectory()) throw unusable(path, 'it is not a folder')
  if (entry.uid !== process.geteuid?.()) throw unusable(path, 'it belongs to another user')
  if ((entry.mode & 0o022) !== 0) throw unusable(path, 'group or others may write in it')
  refuseReplaceable(dirname(path))
}

/** Whoever may rename entries of the parent can put their own in the place of ours; the sticky bit forbids that. */
function refuseReplaceable(parent: string): void {
  const { mode } = attempt(parent, () => statSync(parent))
  if ((mode & 0o022) !== 0 && (mode & 0o1000) === 0) throw unusable(parent, 'group or others may write in it')
}

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    throw unusable(path, (error as NodeJS.ErrnoException).code ?? 'it cannot be opened', error)
  }
}

function unusable(path: string, reason: string, cause?: unknown): CoatcheckError {
  return new CoatcheckError('home_unusable', { path, reason }, { cause })
}
