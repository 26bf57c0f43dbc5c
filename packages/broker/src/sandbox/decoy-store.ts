import type { Decoy } from './decoy.ts'

/** Where decoys are kept. Verifies the seal of every row that it returns. */
export interface DecoyStore {
  create(decoy: Decoy): void
  /** Removes the decoy; removing one that does not exist changes nothing. */
  remove(decoyId: string): void
  /** @throws CoatcheckError `row_tampered` */
  find(decoyId: string): Decoy | undefined
  /** Asked about every text that could be a placeholder and is none of a grant. @throws CoatcheckError `row_tampered` */
  findByPlaceholder(placeholderIndex: string): Decoy | undefined
  /** Newest first, after `cursor`. @throws CoatcheckError `row_tampered` */
  list(project: string, limit: number, cursor: string | null): readonly Decoy[]
  /** Remembers that it was met; written some seconds later. */
  touch(decoyId: string, seenAt: string): void
  lastSeenAt(decoyId: string): string | null
}
