/** Memory that the main thread and its workers share, to tell changes without a message. */
export interface RevisionMemory {
  readonly buffer: SharedArrayBuffer
  /** Grows with each change, at `epochAt`; anything but 0 at `usedAt`: a worker asked lately. */
  readonly numbers: Int32Array
  /** When the main thread last looked for changes, by `process.hrtime.bigint`. */
  readonly lookedAt: BigInt64Array
}

/** Places in `RevisionMemory.numbers`. */
export const epochAt = 0
/** Place in `RevisionMemory.numbers`. */
export const usedAt = 1

/** Views on the memory; new memory where none is given. */
export function revisionMemory(buffer = new SharedArrayBuffer(16)): RevisionMemory {
  return { buffer, numbers: new Int32Array(buffer, 0, 2), lookedAt: new BigInt64Array(buffer, 8, 1) }
}
