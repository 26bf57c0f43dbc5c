import type { ActivityRow, JournalHead } from './audit-event.ts'

/** How a secret is put on the wire: an injector and its options, e.g. `{ kind: 'header', name: 'x-api-key' }`. */
export interface InjectorSpec {
  readonly kind: string
  readonly [option: string]: string | undefined
}

/** Fixes a name to one address, for internal services. The address is not checked against private ranges. */
export interface Pin {
  /** IPv4 or IPv6 literal. */
  readonly address: string
  /** Port to dial instead of the destination's own. */
  readonly port?: number
}

/** Where a secret may go and how it is attached. */
export interface Scope {
  /** `[https://]host[:port][/path]`; the host is exact, `*.suffix` or `~regex`. */
  readonly to: string
  readonly inject: InjectorSpec
  /** What happens to a credential that Coatcheck did not issue; `refuse` when absent. */
  readonly foreign?: 'refuse' | 'pass'
  readonly pin?: Pin
  /** Further root certificates for the destination, PEM. */
  readonly roots?: string
  /** Lets the name resolve to a private address. */
  readonly allowPrivate?: boolean
}

/** A secret as every door shows it: everything but its value. */
export interface SecretView {
  readonly id: string
  readonly name: string
  readonly provider: string | null
  readonly scopes: readonly Scope[]
  readonly version: number
  /** True when the value is too short to be scrubbed from replies. */
  readonly weak: boolean
  readonly rotationDays: number | null
  readonly rotationDue: string | null
  readonly createdAt: string
  readonly updatedAt: string
  readonly lastUsedAt: string | null
}

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
  /** Present for a launched sandbox. */
  readonly gateway?: { readonly pid: number; readonly resolverAddress: string }
}

/** Reply to `POST /v1/sandboxes`. */
export interface CreatedSandbox extends SandboxView {
  /** Shown this once. */
  readonly token: string
  readonly connect: SandboxConnection
}

/** Body of `POST /v1/secrets`: a value, with a provider of the catalog or with scopes. */
export interface SecretCreate {
  readonly name: string
  readonly value: string
  readonly provider?: string
  readonly scopes?: readonly Scope[]
  readonly rotationDays?: number
  readonly weak?: boolean
}

/** Body of `PATCH /v1/secrets/{name}`. */
export interface SecretUpdate {
  /** All scopes of the secret from now on. */
  readonly scopes: readonly Scope[]
  /** The present value, which widening needs. */
  readonly value?: string
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
  readonly ttlSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  /** Absent: the sandbox is registered only, and runs elsewhere. */
  readonly launch?: { readonly isolation: 'process'; readonly uid?: number; readonly gid?: number }
}

/** Reply to `GET /v1/status`, in every state of the vault. */
export interface BrokerStatus {
  readonly version: string
  readonly vault: 'unlocked' | 'locked' | 'rolled-back'
  readonly secrets: number
  readonly sandboxes: number
  readonly journal: 'ok' | 'failing'
  readonly startedAt: string
}

/** Result of `GET /v1/audit/verification`. */
export interface AuditVerification {
  readonly ok: boolean
  readonly records: number
  readonly journals: number
  /** What is wrong, one sentence each, with file and line. */
  readonly faults: readonly string[]
  /** Since when nothing has been anchored outside; null when the last record is anchored. */
  readonly unanchoredSince: string | null
}

/** A signed statement of how far the journals went. Kept outside, it shows every later edit before that point. */
export interface AuditCheckpoint {
  /** RFC 3339, UTC. */
  readonly at: string
  /** Every journal that no other journal continues from; those that they link to are covered as well. */
  readonly heads: readonly JournalHead[]
  /** Ed25519 key that signed it, PEM. */
  readonly publicKey: string
  /** Base64. */
  readonly signature: string
}

/** A provider of the catalog, as `/v1/providers` shows it. */
export interface ProviderView {
  readonly id: string
  readonly name: string
  readonly category: string
  /** Environment variables that hold its secret. */
  readonly variables: readonly string[]
  readonly scopes: readonly Scope[]
}

/** Parameters of the activity lists; absent ones match everything. */
export interface ActivityQuery {
  readonly sandbox?: string
  readonly secret?: string
  readonly host?: string
  readonly decision?: ActivityRow['decision']
  /** Inclusive, RFC 3339. */
  readonly since?: string
  readonly status?: number
  /** At most 1,000. */
  readonly limit?: number
  readonly cursor?: string
}

/** A page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly cursor: string | null
}
