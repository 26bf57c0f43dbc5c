import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Replaces a file with mode 0600 so that a sudden death, even of the machine, leaves the old text or the new one. */
export function writeFileAtomically(path: string, text: string | Uint8Array): void {
  const unfinished = `${path}.${process.pid}.tmp`
  const descriptor = openSync(unfinished, 'w', 0o600)
  try {
    fchmodSync(descriptor, 0o600)
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(unfinished, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Removes what processes that are gone left unfinished beside `path`, also of names that only begin like it. */
export function sweepUnfinished(path: string): void {
  for (const name of readdirSync(dirname(path))) {
    const [, writer] = name.startsWith(basename(path)) ? (/\.(\d+)\.tmp$/.exec(name) ?? []) : []
    // Where there is no /proc nobody can be seen to be alive; a file that is swept too early is an error, not a loss.
    if (writer !== undefined && !existsSync(`/proc/${writer}`)) rmSync(join(dirname(path), name), { force: true })
  }
}
