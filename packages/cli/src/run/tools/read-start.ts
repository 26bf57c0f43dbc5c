import { closeSync, constants, openSync, readSync } from 'node:fs'

/** The first `bytes` of a file as latin1 text; empty when it cannot be read. Never waits for a pipe. */
export function readStart(path: string, bytes: number): string {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const start = Buffer.alloc(bytes)
      return start.toString('latin1', 0, readSync(file, start, 0, bytes, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}
