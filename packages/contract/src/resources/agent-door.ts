/** A grant as its own sandbox sees it. */
export interface OwnGrant {
  /** Environment variable that holds the placeholder. */
  readonly env: string
  /** Destinations, as the scopes write them. */
  readonly to: readonly string[]
  readonly expiresAt: string | null
}

/** Reply to `GET /self` of the agent door. */
export interface OwnSandbox {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'ended' | 'expired'
  readonly expiresAt: string
  readonly grants: readonly OwnGrant[]
}
