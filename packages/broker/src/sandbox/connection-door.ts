import type { Socket } from 'node:net'
import type { Scope } from '@coatcheck/contract'
import type { Grant } from './grant.ts'
import type { Sandbox } from './sandbox.ts'
import type { GrantEnd } from './way-out.ts'

/** What a server shows in TLS, and the key that goes with it, PEM. */
export interface ShownLeaf {
  readonly certificate: string
  readonly privateKey: string
}

/** A connection that came to a sandbox's own listener, or to the port of a grant. Nothing was read from it. */
export interface GatewayArrival {
  readonly tcp: Socket
  /** Name that the dialled address was given for. */
  readonly host: string
  readonly port: number
  /** What TLS with the client ends with; undefined where there is none. */
  leaf(): Promise<ShownLeaf | undefined>
  /** It came to a port that others than the sandbox may reach. */
  readonly isOpenToOthers?: boolean
}

/** Where connections of sandboxes go that speak no HTTP. Implemented by the room of connectors. */
export interface ConnectionDoor {
  /** TCP ports that a gateway needs for the grants that the sandbox has. @throws CoatcheckError of the stores */
  portsOf(sandboxId: string): readonly number[]
  /** Whether clients of a sandbox have somewhere to connect to. */
  isReachedFrom(sandbox: Pick<Sandbox, 'fence' | 'from'>): boolean
  /**
   * Opens a port for each of these grants that needs one; what has one already keeps it, or stays without.
   * @returns the grants, with their ports
   * @throws CoatcheckError `listen_failed`
   */
  openPorts(sandbox: Pick<Sandbox, 'id' | 'fence' | 'from'>, grants: readonly Grant[]): Promise<readonly Grant[]>
  /** Closes the ports of a sandbox. */
  closePorts(sandboxId: string): void
  /** Whether a canonical host stands for a grant of the sandbox. @throws CoatcheckError of the stores */
  knowsName(sandboxId: string, host: string): boolean
  /** Takes a connection over, where its name stands for a grant; false leaves it to others. */
  accept(sandbox: Sandbox, arrival: GatewayArrival): boolean
  /** The variables of a grant beside that of its placeholder, or in its stead; undefined where no connector serves the secret. */
  variablesOf(
    sandbox: Pick<Sandbox, 'id' | 'fence'>,
    grant: Pick<Grant, 'id' | 'env' | 'port'>,
    scopes: readonly Scope[],
    placeholder: string,
  ): Readonly<Record<string, string>> | undefined
  /** Ends every session of these grants. */
  endGrants(grantIds: readonly string[], why: GrantEnd): void
  /** Ends the sessions of a sandbox that its present rules would not let begin. */
  endDenied(sandboxId: string): void
  /** Ends every session of a sandbox. */
  endSandbox(sandboxId: string): void
  /** Ends every session of every sandbox: none is without a secret. */
  endAll(): void
}
