import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

const chunkBytes = 64 * 1024
const lineFeed = 0x0a

/** Bytes of a journal up to the end of its last complete line. */
export function completeSize(path: string): number {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const chunk = Buffer.alloc(chunkBytes)
    for (let end = fstatSync(descriptor).size; end > 0; ) {
      const start = Math.max(0, end - chunkBytes)
      const length = readSync(descriptor, chunk, 0, end - start, start)
      const feed = chunk.subarray(0, length).lastIndexOf(lineFeed)
      if (feed >= 0) return start + feed + 1
      end = start
    }
    return 0
  } finally {
    closeSync(descriptor)
  }
}
