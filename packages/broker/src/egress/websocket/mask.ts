/** A copy of `bytes` with its mask put on, or taken off. @param position of the first byte in the payload */
export function applyMask(bytes: Uint8Array, mask: Uint8Array, position: number): Buffer {
  const masked = Buffer.allocUnsafe(bytes.length)
  for (let index = 0; index < bytes.length; index += 1) {
    masked[index] = bytes[index]! ^ mask[(position + index) & 3]!
  }
  return masked
}
