/** A placeholder that belongs to nothing, without its text. Wherever the broker meets it, that is an alarm. */
export interface DecoyView {
  readonly id: string
  /** What a person calls it: where it was laid out. */
  readonly name: string
  /** The provider whose keys it looks like; null where it looks like a placeholder of unknown form. */
  readonly provider: string | null
  readonly createdAt: string
  /** When the broker last met it, written every few seconds at most; null while nobody has used it. */
  readonly lastSeenAt: string | null
}

/** Reply to `POST /v1/decoys`. */
export interface CreatedDecoy extends DecoyView {
  /** Its text; shown this once. */
  readonly placeholder: string
  /** The variable from which clients of the provider read a key; null without a provider. */
  readonly variable: string | null
}

/** Body of `POST /v1/decoys`. */
export interface DecoyCreate {
  readonly name: string
  readonly provider?: string
  /** How the provider’s keys begin that it shall look like; the usual kind of its keys when absent. */
  readonly keyPrefix?: string
}
