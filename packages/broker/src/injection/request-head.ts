/** One header field; the name keeps the client's letters. */
export interface HeaderField {
  name: string
  /** Bytes as Latin-1 text. */
  value: string
}

/** The part of a request that injectors read and write. Order and repetition of fields are kept. */
export interface RequestHead {
  readonly method: string
  /** Canonical path, as policy saw it and as it will be sent. */
  readonly path: string
  /** Query with its `?`, or the empty string. */
  readonly query: string
  readonly fields: HeaderField[]
}
