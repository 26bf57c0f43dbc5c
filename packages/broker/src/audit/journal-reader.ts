import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { maxLineBytes } from './journal-line.ts'

const chunkBytes = 64 * 1024

/** A complete line of a journal. */
export interface JournalText {
  /** Without the line feed. */
  readonly text: string
  /** Offset in the file of the first byte after the line. */
  readonly end: number
}

/**
 * The complete lines of a journal from an offset that begins a line, as far as the file went when the reading began. A
 * line without its end, which a dying or a writing process leaves, is not a line. Memory stays flat.
 */
export function* readJournal(path: string, from = 0): Generator<JournalText, void> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const limit = fstatSync(descriptor).size
    let chunk = Buffer.allocUnsafe(chunkBytes)
    let offset = from
    while (offset < limit) {
      // Each line comes from one read: a torn tail may be cut and written anew between two.
      const length = readSync(descriptor, chunk, 0, Math.min(chunk.length, limit - offset), offset)
      const text = chunk.toString('latin1', 0, length)
      let start = 0
      for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', start)) {
        yield { text: text.slice(start, feed), end: offset + feed + 1 }
        start = feed + 1
      }
      offset += start
      if (start > 0) continue
      if (length < chunk.length || chunk.length > maxLineBytes) return
      chunk = Buffer.allocUnsafe(chunk.length * 2)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** The last complete line of a journal; undefined when it has none. */
export function readLastLine(path: string): string | undefined {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const size = fstatSync(descriptor).size
    for (let window = chunkBytes; ; window *= 2) {
      const from = Math.max(0, size - window)
      const bytes = Buffer.allocUnsafe(size - from)
      const length = readSync(descriptor, bytes, 0, bytes.length, from)
      const text = bytes.toString('latin1', 0, length)
      const last = text.lastIndexOf('\n')
      const before = last > 0 ? text.lastIndexOf('\n', last - 1) : -1
      if (last >= 0 && (before >= 0 || from === 0)) return text.slice(before + 1, last)
      if (from === 0 || window > 2 * maxLineBytes) return undefined
    }
  } finally {
    closeSync(descriptor)
  }
}
