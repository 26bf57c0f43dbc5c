import type { Cap } from './cap.ts'
import type { ConnectRecipe, ConnectTarget } from './connect-recipe.ts'
import type { GrantView } from './grant.ts'
import type { RuleList } from './rule.ts'
import type { Pin, Scope } from './scope.ts'

/** A host that a sandbox may reach without a secret, through an opaque tunnel. */
export interface NetworkRule {
  /** Same form as a scope's `to`; ports other than 443 are written out. */
  readonly to: string
  readonly pin?: Pin
  readonly allowPrivate?: boolean
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
  /** Names that its authority speaks for, with what lies below them; absent where verifiers do not hold it to any. */
  readonly caNames?: readonly string[]
  readonly grants: readonly GrantView[]
  /** Who asked for it: `owner`, or the id of a token. */
  readonly createdBy: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly endedAt: string | null
}

/** What a launcher needs to join a sandbox. The address of a door holds the token only in the reply that creates the sandbox. */
export interface SandboxConnection {
  /** Variables that hold placeholders. */
  readonly env: Readonly<Record<string, string>>
  /** What clients inside trust beside the machine's roots: the sandbox's own authority, and the operator's roots, PEM. */
  readonly ca: string
  /** The forward proxy with the sandbox's identity in it; present where the broker listens for registered sandboxes. */
  readonly proxyUrl?: string
  /** The same for clients that speak SOCKS5, where they may do so in clear text. */
  readonly socksUrl?: string
  /** Where base URLs begin, with the sandbox's identity in it: a provider's id follows. */
  readonly gatewayUrl?: string
  /** Base-URL variables of clients that can be led to the gateway by them; the identity stands in them as in `gatewayUrl`. */
  readonly baseUrls?: Readonly<Record<string, string>>
  /** How it is done on a platform; present when one was named. */
  readonly recipe?: ConnectRecipe
  /** Present for a launched sandbox. */
  readonly gateway?: GatewayConnection
}

/** What a further command needs to join the gateway of a launched sandbox. */
export interface GatewayConnection {
  readonly pid: number
  readonly resolverAddress: string
  /** Who its processes run as on the host, where the broker runs as root. */
  readonly runAs?: { readonly uid: number; readonly gid: number }
}

/** Reply to `POST /v1/sandboxes`. */
export interface CreatedSandbox extends SandboxView {
  /** Shown this once. */
  readonly token: string
  readonly connect: SandboxConnection
}

/** Reply to `POST /v1/sandboxes/{id}/token`. */
export interface ReissuedToken {
  /** Shown this once; the one before is dead. */
  readonly token: string
  readonly connect: SandboxConnection
}

/** What a value is for that its variable does not tell: a provider by its id, or scopes; exactly one of them. */
export interface CredentialUse {
  readonly provider?: string
  readonly scopes?: readonly Scope[]
}

/** Body of `POST /v1/sandboxes`. */
export interface SandboxCreate {
  readonly name?: string
  readonly profile?: string
  /** Environment variable to name of a stored secret. */
  readonly secrets?: Readonly<Record<string, string>>
  /** Environment variable to value; the variable names the provider. The value lives in memory only. */
  readonly credentials?: Readonly<Record<string, string>>
  /** Variable of one of the `credentials` to the `https` URL that its client was sent to: the only place where it may go. */
  readonly baseUrls?: Readonly<Record<string, string>>
  /** Variable of one of the `credentials` to what it is for; the variable may then be of any name. */
  readonly credentialUses?: Readonly<Record<string, CredentialUse>>
  /** Variable of a grant to what may be done with it. */
  readonly rules?: Readonly<Record<string, RuleList>>
  readonly network?: { readonly allow?: readonly (string | NetworkRule)[]; readonly deny?: readonly string[] }
  /** Addresses or CIDR blocks that its connections come from; when absent, the first one that shows the token. */
  readonly from?: readonly string[]
  readonly ttlSeconds?: number
  /** How long the thing outside lives at most: the sandbox then lives a fifth longer, and never past twice this. */
  readonly lifetimeSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  /** How much all of it may do together. */
  readonly caps?: readonly Cap[]
  /**
   * Holds the authority of a registered sandbox to the hosts of the secrets that are named here, so that it may be put into
   * trust stores; secrets for other hosts cannot be attached later.
   */
  readonly constrainCa?: boolean
  /** Platform that it runs on: the reply has a recipe for it. Only without `launch`. */
  readonly target?: ConnectTarget
  /** Absent: the sandbox is registered only, and runs elsewhere. */
  readonly launch?: SandboxLaunch
}

/** How a sandbox is started on the broker's own host. */
export interface SandboxLaunch {
  readonly isolation: 'process'
  readonly uid?: number
  readonly gid?: number
  /** Nobody will hold it by a lease; it lives until it is ended or expires. Without a lease it else ends after a minute. */
  readonly detached?: boolean
}

/** Body of `PATCH /v1/sandboxes/{id}`; what is absent stays. */
export interface SandboxUpdate {
  readonly name?: string
  readonly labels?: Readonly<Record<string, string>>
  /** `allow` is what the sandbox may reach beside the rules of its profile; a list that is given replaces the one before. */
  readonly network?: { readonly allow?: readonly (string | NetworkRule)[]; readonly deny?: readonly string[] }
}

/** Body of `POST /v1/sandboxes/{id}/renew`. */
export interface SandboxRenew {
  /** Time to live from now on. */
  readonly ttlSeconds: number
}
