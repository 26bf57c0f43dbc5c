/**
 * Cuts bytes at these places, in whatever order, and behind their end too, into chunks that are each in memory of their own from its
 * beginning, as sockets give them. Parts of one buffer hide what goes by the place of a chunk in its memory.
 */
export function ownChunks(bytes: Uint8Array, cuts: readonly number[]): Buffer[] {
  const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].toSorted((left, right) => left - right)
  return ends.map((end, index) => {
    const part = bytes.subarray(ends[index - 1] ?? 0, end)
    const chunk = Buffer.alloc(part.length)
    chunk.set(part)
    return chunk
  })
}
