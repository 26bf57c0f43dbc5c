import {
  closeSync,
  constants,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { basename, dirname } from 'node:path'
import { statusOf } from '../mount/status-of.ts'
import { AnchoredFolder, readPlainFile } from './anchored-folder.ts'
import type { ExecutedFile } from './executed-files.ts'

/**
 * When every stand-in was last changed. It tells them from a person's own empty files, in this run and after one that
 * was killed; writing to a stand-in, or into one, removes the mark.
 */
const markedAt = new Date('2001-02-03T04:05:06.000Z')

/**
 * Puts an empty stand-in where something absent must stay absent: a mount needs a file or folder to lie on.
 * @throws Error when the folder cannot be written, or the path leads through a link
 */
export function createStandIn(root: string, { path, kind, neutral }: ExecutedFile): void {
  const at = `${root}/${path}`
  using folder = new AnchoredFolder(dirname(at))
  const place = folder.at(basename(at))
  if (kind === 'directory') {
    mkdirSync(place, { mode: 0o755 })
  } else {
    const file = openSync(
      place,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o644,
    )
    try {
      writeSync(file, neutral)
    } finally {
      closeSync(file)
    }
  }
  lutimesSync(place, markedAt, markedAt)
}

/** Whether something is an untouched stand-in, of this run or an earlier one. */
export function isStandIn(root: string, { path, neutral }: ExecutedFile): boolean {
  const status = statusOf(`${root}/${path}`)
  if (status === undefined || status.mtimeMs !== markedAt.getTime()) return false
  return status.isDirectory() || (status.isFile() && readPlainFile(`${root}/${path}`, 64)?.text === neutral)
}

/** Takes a stand-in away again, if it is still one. */
export function removeStandIn(root: string, entry: ExecutedFile): void {
  if (!isStandIn(root, entry)) return
  const at = `${root}/${entry.path}`
  try {
    using folder = new AnchoredFolder(dirname(at))
    const place = folder.at(basename(at))
    if (lstatSync(place).isDirectory()) rmdirSync(place)
    else unlinkSync(place)
  } catch {
    // It is in use after all: something was put into the folder meanwhile.
  }
}
