/** What a problem code stands for. */
export interface ProblemKind {
  /** HTTP status with which a door answers. */
  readonly status: number
  /** What happened, in a few words; never holds a value from the request. */
  readonly title: string
  /** What the reader can do about it. */
  readonly remedy: string
  /** Registered error type of the `Proxy-Status` field (RFC 9209 §2.3), for refusals on the way out. */
  readonly proxyError?: string
}
