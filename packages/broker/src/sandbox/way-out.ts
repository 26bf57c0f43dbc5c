import type { HostIdentity } from '@coatcheck/launchers'
import type { Sandbox } from './sandbox.ts'

/** What opening a way out gives to whoever starts the sandbox. */
export interface OpenedWay {
  /** Certificate of the sandbox's own authority, PEM. */
  readonly ca: string
  /** Absent for a registered sandbox, which runs elsewhere. */
  readonly gateway?: { readonly pid: number; readonly resolverAddress: string }
  /** Resolves when the way out is gone, whatever ended it. */
  readonly closed: Promise<void>
}

/** Opens and closes what a sandbox reaches the broker through. Implemented by the rooms that speak protocols. */
export interface WayOut {
  /** `launch` asks for a gateway on this host. @throws CoatcheckError `launch_impossible` */
  open(sandbox: Sandbox, launch: { readonly runAs?: HostIdentity } | undefined): Promise<OpenedWay>
  /** Closes listeners and every live connection of the sandbox. */
  close(sandboxId: string): Promise<void>
  /** Ends every live exchange that uses one of these grants. */
  endGrants(grantIds: readonly string[]): void
  /** Ends every live exchange that may carry a secret, on every sandbox. */
  endInjected(): void
}
