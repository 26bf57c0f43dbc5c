import type { ProblemCode } from '@coatcheck/contract'

/** A session that the scope does not allow, or whose client has not shown the placeholder. */
export class RefusedSession extends Error {
  readonly code: ProblemCode
  /** A short fact for a reader. */
  readonly note: string | undefined

  constructor(code: ProblemCode, note?: string) {
    super(code)
    this.code = code
    this.note = note
  }
}
