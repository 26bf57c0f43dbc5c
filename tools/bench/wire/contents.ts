/** A mebibyte. */
export const mebibyte = 1_048_576

const smallBytes = 300
const frame = JSON.stringify({ object: 'answer', text: '' })

/** The JSON that the small exchange is answered with, 300 bytes. */
export const smallBody = frame.replace(
  '""',
  `"${'An answer of a service. '.repeat(20).slice(0, smallBytes - frame.length)}"`,
)

/** What bodies are made of, again and again; no two of its 4 KiB pages are the same. */
export const pattern: Buffer = makePattern()

/** What an origin says to an upload of this size. */
export function uploadAnswer(bytes: number): string {
  return JSON.stringify({ received: bytes })
}

/** Whether these bytes are what a body has at this offset. */
export function matchesPattern(bytes: Buffer, offset: number): boolean {
  for (let at = 0; at < bytes.length; ) {
    const from = (offset + at) % pattern.length
    const length = Math.min(bytes.length - at, pattern.length - from)
    if (pattern.compare(bytes, at, at + length, from, from + length) !== 0) return false
    at += length
  }
  return true
}

function makePattern(): Buffer {
  const bytes = Buffer.alloc(mebibyte)
  let state = 0x2545f491
  for (let at = 0; at < bytes.length; at += 4) {
    // xorshift32: the same bytes in each process, without a file.
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes.writeInt32LE(state, at)
  }
  return bytes
}
