import type { SandboxConnection } from '@coatcheck/contract'
import type { HostIdentity } from '@coatcheck/launchers'
import type { Sandbox } from './sandbox.ts'

/** What opening a way out gives to whoever starts the sandbox. */
export interface OpenedWay {
  /** The sandbox's own authority first, then the operator's further roots, PEM. */
  readonly ca: string
  /** Absent for a registered sandbox, which runs elsewhere. */
  readonly gateway?: {
    readonly pid: number
    readonly resolverAddress: string
    /** TCP ports that it listens on; no other can be added. */
    readonly ports: readonly number[]
  }
  /** Resolves when the way out is gone, whatever ended it. */
  readonly closed: Promise<void>
}

/** How a sandbox calls the broker: what its forward proxy and its base URLs begin with. */
export type WayUrls = Pick<SandboxConnection, 'proxyUrl' | 'socksUrl' | 'gatewayUrl'>

/** Why a grant is over: its time, or somebody took it away. What used it is told so. */
export type GrantEnd = 'grant_expired' | 'grant_ended'

/** Opens and closes what a sandbox reaches the broker through. Implemented by the rooms that speak protocols. */
export interface WayOut {
  /** `launch` asks for a gateway on this host. @throws CoatcheckError `launch_impossible` | `vault_locked` */
  open(sandbox: Sandbox, launch: { readonly runAs?: HostIdentity } | undefined): Promise<OpenedWay>
  /** With the token, which is the sandbox's identity, or with nothing of it. Empty where no door is open for the sandbox. */
  urls(sandbox: Sandbox, token: string | null): WayUrls
  /** Certificate of the sandbox's authority, PEM. @throws CoatcheckError `sandbox_expired` | `vault_locked` | `row_tampered` */
  caOf(sandbox: Sandbox): Promise<string>
  /** Says who looks after a sandbox whose way out was opened again because it called; until then nobody does. */
  onReopened(takeIn: (sandboxId: string) => void): void
  /** Closes listeners and every live connection of the sandbox. */
  close(sandboxId: string): Promise<void>
  /** Ends every live exchange that uses one of these grants, and the idle connections that it used, and says why. */
  endGrants(grantIds: readonly string[], why: GrantEnd): void
  /** Ends every live exchange and tunnel of the sandbox that its present rules would not let begin in this way. */
  endDenied(sandboxId: string): void
  /** Ends everything that the sandbox has open; it may come again. */
  endOpen(sandboxId: string): void
  /** Ends every live exchange that may carry a secret, on every sandbox. */
  endInjected(): void
}
