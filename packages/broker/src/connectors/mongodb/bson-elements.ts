/** Types of BSON that are told apart here. */
export const bsonTypes = { string: 2, document: 3, array: 4, boolean: 8 } as const

/** Bytes of values that always have the same length, by type. */
const fixed: Readonly<Record<number, number>> = {
  1: 8,
  6: 0,
  7: 12,
  8: 1,
  9: 8,
  10: 0,
  16: 4,
  17: 8,
  18: 8,
  19: 16,
  127: 0,
  255: 0,
}

/** What is told of one element: its value lies from `start` to `end`, the element itself begins at `from`. False ends the visit. */
export type Visit = (name: string, type: number, start: number, end: number, from: number) => boolean

/**
 * Visits the elements of the document that lies from `start` to `end`, in their order.
 * @returns false where it is no document, or the visit was ended
 */
export function visitElements(bytes: Buffer, start: number, end: number, visit: Visit): boolean {
  if (end - start < 5 || bytes.readInt32LE(start) !== end - start || bytes[end - 1] !== 0) return false
  let at = start + 4
  while (at < end - 1) {
    const nameEnd = bytes.indexOf(0, at + 1)
    if (nameEnd === -1 || nameEnd >= end - 1) return false
    const valueEnd = endOfValue(bytes, bytes[at]!, nameEnd + 1, end - 1)
    if (valueEnd === -1) return false
    if (!visit(bytes.toString('utf8', at + 1, nameEnd), bytes[at]!, nameEnd + 1, valueEnd, at)) return false
    at = valueEnd
  }
  return true
}

/** A text of BSON, from its value. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start + 4, end - 1)
}

/** Where a value ends; -1 where it does not before `limit`. */
function endOfValue(bytes: Buffer, type: number, start: number, limit: number): number {
  const size = fixed[type] ?? sizeOf(bytes, type, start, limit)
  return size < 0 || start + size > limit ? -1 : start + size
}

function sizeOf(bytes: Buffer, type: number, start: number, limit: number): number {
  if (type === 11) {
    const pattern = bytes.indexOf(0, start)
    const options = pattern === -1 ? -1 : bytes.indexOf(0, pattern + 1)
    return options === -1 ? -1 : options + 1 - start
  }
  if (start + 4 > limit) return -1
  const length = bytes.readInt32LE(start)
  if (type === 3 || type === 4 || type === 15) return length < 5 ? -1 : length
  if (length < 0) return -1
  if (type === 5) return length + 5
  // A text ends with a zero byte that its length counts.
  const isText = type === 2 || type === 12 || type === 13 || type === 14
  if (!isText || length < 1 || start + 4 + length > limit || bytes[start + 3 + length] !== 0) return -1
  return type === 12 ? length + 16 : length + 4
}
