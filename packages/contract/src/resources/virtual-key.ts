import type { Cap } from './cap.ts'
import type { RuleList } from './rule.ts'

/** `active` ones are good; nothing brings one of the others back. */
export type KeyStatus = 'active' | 'expired' | 'revoked'

/** The right to use one secret from anywhere, by a key of its own: expiry, rules and caps stand on every one. */
export interface KeyView {
  readonly id: string
  /** What a person calls it; not unique. */
  readonly label: string
  /** Id of the service; null where the secret has none. */
  readonly provider: string | null
  /** Name of the secret; null once that is gone. */
  readonly secret: string | null
  readonly status: KeyStatus
  /** Id of its grant, on which its caps stand. */
  readonly grant: string
  readonly rules: RuleList
  readonly caps: readonly Cap[]
  /** CIDR blocks from which it is good; anywhere where there are none. */
  readonly from: readonly string[]
  readonly createdAt: string
  readonly expiresAt: string
  /** When it expired or was revoked; null while it is good. */
  readonly endedAt: string | null
}

/** Body of `POST /v1/keys`. */
export interface KeyCreate {
  readonly label: string
  /** Id of the service whose secret it is for; needed where `secret` is absent. */
  readonly provider?: string
  /** Name of the secret; needed where the service has several, or none is named. */
  readonly secret?: string
  /** Its `default` has to be `deny`, and something has to be allowed. */
  readonly rules: RuleList
  /** At least one. */
  readonly caps: readonly Cap[]
  /** Seconds, or a text like `30m`; 30 days at most. */
  readonly expiresIn: number | string
  /** Addresses and CIDR blocks from which it is good; anywhere when absent. */
  readonly from?: readonly string[]
}

/** Reply to `POST /v1/keys`. */
export interface CreatedKey extends KeyView {
  /** The key itself; shown this once. */
  readonly key: string
  /** Where clients send requests that take a base URL; absent where no door is open. */
  readonly baseUrl?: string
  /** Where clients send requests that take a host and no path behind it; absent where no door is open. */
  readonly rootUrl?: string
  /** Variables by which the service’s clients find the key and the address. */
  readonly env: Readonly<Record<string, string>>
}

/** A key as whoever holds it sees it. */
export interface OwnKey extends Pick<KeyView, 'id' | 'label' | 'status' | 'rules' | 'caps' | 'expiresAt'> {
  /** Destinations, as the scopes of its secret write them. */
  readonly to: readonly string[]
}
