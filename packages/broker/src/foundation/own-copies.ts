/**
 * Copies in one piece of memory of their own, for what is kept. Small buffers lie in slabs of 64 KiB that Node shares out, and one
 * of them keeps the whole slab.
 */
export function ownCopies(parts: readonly Uint8Array[]): readonly Buffer[] {
  const memory = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  return parts.map((part) => {
    memory.set(part, end)
    end += part.length
    return memory.subarray(end - part.length, end)
  })
}
