/** The file that a broker is started with. */
export interface StartConfig {
  /** Of the file, hex; it stands in the first record of each journal. */
  readonly sha256: string
  /** Secrets, rules, caps and profiles, not checked yet, in the order of the file. */
  readonly members: readonly StartMember[]
}

/** One member of such a file. */
export interface StartMember {
  readonly name: string
  readonly value: unknown
  /** The line that it begins on. */
  readonly line: number
}
