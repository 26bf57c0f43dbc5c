/** Longest head of a message that is read, in bytes, with its empty line. */
export const maxHeadBytes = 65_536

const emptyLine = Buffer.from('\r\n\r\n', 'latin1')

/**
 * Offset behind the empty line that ends the head which begins at `start`, or -1 while it has not come.
 * Everything before `from` was searched already.
 */
export function findHeadEnd(bytes: Buffer, start: number, from: number): number {
  // The empty line may have been cut in two by the end of what came before.
  const at = bytes.indexOf(emptyLine, Math.max(start, from - (emptyLine.length - 1)))
  return at < 0 ? -1 : at + emptyLine.length
}
