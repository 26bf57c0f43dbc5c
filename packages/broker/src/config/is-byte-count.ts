/** Whether a value is a whole number of bytes, one at least. */
export function isByteCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
