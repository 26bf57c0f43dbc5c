import type { Pin } from './scope.ts'

/** A host that a sandbox may reach without a secret, through an opaque tunnel. */
export interface NetworkRule {
  /** Same form as a scope's `to`; ports other than 443 are written out. */
  readonly to: string
  readonly pin?: Pin
  readonly allowPrivate?: boolean
}

/** One sandbox's right to use one secret. */
export interface GrantView {
  readonly id: string
  /** Environment variable that holds the placeholder. */
  readonly env: string
  /** Name of the secret; null for a value that lives in memory and dies with the sandbox. */
  readonly secret: string | null
  /** Destinations, as the scopes write them. */
  readonly to: readonly string[]
  readonly expiresAt: string | null
}

/** A sandbox as every door shows it: no token, no placeholder. */
export interface SandboxView {
  readonly id: string
  readonly name: string
  readonly profile: string
  readonly status: 'active' | 'ended' | 'expired'
  /** `kernel`: cannot bypass the broker. `none`: registered from elsewhere. */
  readonly fence: 'kernel' | 'none'
  readonly allow: readonly NetworkRule[]
  readonly deny: readonly string[]
  /** Addresses, in CIDR form, from which its token is good; empty until the first one has been seen. */
  readonly from: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly grants: readonly GrantView[]
  readonly createdAt: string
  readonly expiresAt: string
  readonly endedAt: string | null
}

/** What a launcher needs to join a sandbox; given once, when the sandbox is created. */
export interface SandboxConnection {
  /** Variables that hold placeholders. */
  readonly env: Readonly<Record<string, string>>
  /** Certificate of the sandbox's own authority, PEM. */
  readonly ca: string
  /** The forward proxy with the sandbox's identity in it; present where the broker listens for registered sandboxes. */
  readonly proxyUrl?: string
  /** Where base URLs begin, with the sandbox's identity in it: a provider's id follows. */
  readonly gatewayUrl?: string
  /** Present for a launched sandbox. */
  readonly gateway?: { readonly pid: number; readonly resolverAddress: string }
}

/** Reply to `POST /v1/sandboxes`. */
export interface CreatedSandbox extends SandboxView {
  /** Shown this once. */
  readonly token: string
  readonly connect: SandboxConnection
}

/** Body of `POST /v1/sandboxes`. */
export interface SandboxCreate {
  readonly name?: string
  readonly profile?: string
  /** Environment variable to name of a stored secret. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Environment variable to value; the variable names the provider. The value lives in memory only. */
  readonly credentials?: Readonly<Record<string, string>>
  readonly network?: { readonly allow?: readonly (string | NetworkRule)[]; readonly deny?: readonly string[] }
  /** Addresses or CIDR blocks that its connections come from; when absent, the first one that shows the token. */
  readonly from?: readonly string[]
  readonly ttlSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  /** Absent: the sandbox is registered only, and runs elsewhere. */
  readonly launch?: { readonly isolation: 'process'; readonly uid?: number; readonly gid?: number }
}
