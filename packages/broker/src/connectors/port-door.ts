import type { Socket } from 'node:net'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { isLoopback } from '../foundation/door-address.ts'
import type { PortPlace } from '../foundation/port-place.ts'
import type { GatewayArrival, ShownLeaf } from '../sandbox/connection-door.ts'
import type { Grant } from '../sandbox/grant.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { isPlaced } from '../sandbox/sandbox-place.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import type { OwnEndpoint } from '../upstream/address-check.ts'
import type { ServiceAddress } from './connector.ts'
import { GrantPorts } from './grant-ports.ts'

/** What the ports of grants are opened with. */
export interface PortParts {
  /** Absent where there are none. */
  readonly portPlace: PortPlace | undefined
  /** Places that nothing is dialled at; every port that is opened is one. */
  readonly ownEndpoints: OwnEndpoint[]
  /** What TLS with clients of a sandbox ends with, under a name. @throws CoatcheckError */
  readonly leafFor: (sandbox: Sandbox, host: string) => Promise<ShownLeaf>
}

/** What the ports lead to. */
export interface PortUses {
  readonly sandboxes: Pick<SandboxStore, 'find' | 'findGrant'>
  readonly codeOf: (instance: string, error: unknown) => ProblemCode
  /** Whether a connector serves the secret of a grant. */
  isServed(grant: Grant): boolean
  open(sandbox: Sandbox, grantId: string, arrival: GatewayArrival): Promise<void>
}

/** The ways in for sandboxes that have no network of the broker's making: a port for each grant, for as long as it lives. */
export class PortDoor {
  readonly #parts: PortParts
  readonly #uses: PortUses
  readonly #ports: GrantPorts

  constructor(parts: PortParts, uses: PortUses) {
    this.#parts = parts
    this.#uses = uses
    this.#ports = new GrantPorts(parts.ownEndpoints, (...arrived) => void this.#arrive(...arrived))
  }

  /** How many are open. */
  get size(): number {
    return this.#ports.size
  }

  /** Whether a sandbox can have ports. SECURITY: off loopback others read along, so its place must tell it from them. */
  isReachedFrom(sandbox: Pick<Sandbox, 'from'>): boolean {
    const { portPlace } = this.#parts
    return portPlace !== undefined && (isLoopback(portPlace.host) || isPlaced(sandbox))
  }

  /** How clients call a port. */
  addressOf(port: number | undefined): ServiceAddress | undefined {
    const { portPlace } = this.#parts
    return portPlace && port !== undefined ? { host: portPlace.name, port } : undefined
  }

  /** As `ConnectionDoor.openPorts`, for a sandbox that is not launched. @throws CoatcheckError `listen_failed` */
  async open(sandbox: Pick<Sandbox, 'id' | 'from'>, grants: readonly Grant[]): Promise<readonly Grant[]> {
    const { portPlace } = this.#parts
    if (portPlace === undefined || !this.isReachedFrom(sandbox)) return grants
    const opened: Grant[] = []
    for (const grant of grants) {
      const isNew = grant.port === undefined
      const isMeant = this.#uses.isServed(grant) && (isNew || portPlace.isKept)
      const port = isMeant ? await this.#ports.open(portPlace, sandbox.id, grant.id, grant.port) : undefined
      if (isMeant && isNew && port === undefined) {
        const address = `${portPlace.host}:${portPlace.ports.join('-')}`
        throw new CoatcheckError('listen_failed', { address, reason: 'no port is free' })
      }
      opened.push(isNew && port !== undefined ? { ...grant, port } : grant)
    }
    return opened
  }

  /** Closes the ports of these grants; of all where none are named. */
  close(grantIds: readonly string[] = this.#ports.grantIds): void {
    this.#ports.close(grantIds)
  }

  closeSandbox(sandboxId: string): void {
    this.#ports.closeSandbox(sandboxId)
  }

  /** Closes the ports of grants that others have ended. */
  closeOver(): void {
    this.close(this.#ports.grantIds.filter((id) => this.#isOver(id)))
  }

  #isOver(grantId: string): boolean {
    try {
      const grant = this.#uses.sandboxes.findGrant(grantId)
      // One that is being made has its port before it has its row.
      return grant !== undefined && grant.endedAt !== null
    } catch {
      // Rows that cannot be read let nothing through either.
      return false
    }
  }

  /** SECURITY: whose a connection is shows later, by the placeholder. */
  async #arrive(grantId: string, sandboxId: string, tcp: Socket): Promise<void> {
    const { leafFor, portPlace } = this.#parts
    const host = portPlace === undefined || isLoopback(portPlace.host) ? 'localhost' : portPlace.name
    try {
      const sandbox = this.#uses.sandboxes.find(sandboxId)
      if (sandbox === undefined) return void tcp.destroy()
      // An authority that is held to other names has no certificate for this one; then there is no TLS.
      const leaf = () => leafFor(sandbox, host).catch(() => undefined)
      await this.#uses.open(sandbox, grantId, { tcp, host, port: tcp.localPort ?? 0, leaf, isOpenToOthers: true })
    } catch (error) {
      tcp.destroy()
      this.#uses.codeOf(grantId, error)
    }
  }
}
