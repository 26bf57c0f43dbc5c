/** What the probe inside a sandbox found; pairs of what was tried, as JSON, and what came of it. */
export interface ProbeReport {
  readonly tcp: readonly (readonly [string, string])[]
  readonly udp: readonly (readonly [string, string])[]
  readonly files: readonly (readonly [string, string])[]
  /** By client: `ok`, `absent`, or `failed: …`. */
  readonly clients: Readonly<Record<string, string>>
  /** Whether a process inside has the canary in its environment. */
  readonly canary: boolean
}
