import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { PortPlace } from '../foundation/port-place.ts'
import type { OwnEndpoint } from '../upstream/address-check.ts'

/** Ports that are tried before there is none. */
const maxAttempts = 32
/** Connections to one port at one time; above what one grant serves. */
const maxConnections = 512

interface Listening {
  readonly sandboxId: string
  readonly server: Server
  readonly endpoint: OwnEndpoint
}

/** Takes a connection that came to the port of a grant. Nothing was read from it. */
export type PortArrival = (grantId: string, sandboxId: string, tcp: Socket) => void

/**
 * One port for each grant of a sandbox that has no network of the broker's making. SECURITY: whoever reaches the address reaches the
 * port; who comes in is known by the placeholder alone.
 */
export class GrantPorts {
  readonly #listening = new Map<string, Listening>()
  readonly #ownEndpoints: OwnEndpoint[]
  readonly #arrived: PortArrival

  /** @param ownEndpoints places that nothing is dialled at; each port is one while it is open */
  constructor(ownEndpoints: OwnEndpoint[], arrived: PortArrival) {
    this.#ownEndpoints = ownEndpoints
    this.#arrived = arrived
  }

  get size(): number {
    return this.#listening.size
  }

  /** The grants that have a port. */
  get grantIds(): readonly string[] {
    return [...this.#listening.keys()]
  }

  /**
   * Opens the port of a grant.
   * @param wanted the one that its sandbox knows already; no other is taken then
   * @returns the port; undefined where none is to be had
   */
  async open(place: PortPlace, sandboxId: string, grantId: string, wanted?: number): Promise<number | undefined> {
    const known = this.#listening.get(grantId)
    if (known !== undefined) return known.endpoint.port
    for (const port of wanted === undefined ? candidates(place) : [wanted]) {
      const server = createServer({ pauseOnConnect: true, noDelay: true, keepAlive: true }, (tcp) =>
        this.#arrived(grantId, sandboxId, tcp),
      )
      server.maxConnections = maxConnections
      server.listen(port, place.host)
      const isOpen = await once(server, 'listening').then(
        () => true,
        () => false,
      )
      // What is wrong with one connection that waits to be accepted is nothing to end the process for.
      server.on('error', () => {})
      if (!isOpen) continue
      const endpoint = { address: place.host, port: (server.address() as AddressInfo).port }
      this.#ownEndpoints.push(endpoint)
      this.#listening.set(grantId, { sandboxId, server, endpoint })
      return endpoint.port
    }
    return undefined
  }

  /** Closes the ports of these grants; connections that were taken are others' to end. */
  close(grantIds: readonly string[]): void {
    for (const grantId of grantIds) {
      const listening = this.#listening.get(grantId)
      if (listening === undefined) continue
      this.#listening.delete(grantId)
      listening.server.close()
      this.#ownEndpoints.splice(this.#ownEndpoints.indexOf(listening.endpoint), 1)
    }
  }

  closeSandbox(sandboxId: string): void {
    this.close([...this.#listening].filter(([, each]) => each.sandboxId === sandboxId).map(([grantId]) => grantId))
  }
}

/** Some of the ports, from one at random on, so that those of two brokers seldom meet. */
function candidates({ ports: [first, last] }: PortPlace): readonly number[] {
  const count = last - first + 1
  const from = Math.floor(Math.random() * count)
  return Array.from({ length: Math.min(count, maxAttempts) }, (_, index) => first + ((from + index) % count))
}
