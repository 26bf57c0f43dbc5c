import type { Gateway, GatewaySpec } from '@coatcheck/launchers'
import type { DoorAddress } from '../foundation/door-address.ts'
import { isLoopback } from '../foundation/door-address.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import { type AgentDoor, closedAgentDoor, internalHost } from './agent-door.ts'
import { reachedDoor } from './door-urls.ts'
import { Doorkeeper } from './forward/doorkeeper.ts'
import { Gatehouse } from './forward/gatehouse.ts'
import { ProxyFront, type Visitor } from './forward/proxy-front.ts'
import { openSandboxListener, type SandboxListener } from './forward/sandbox-listener.ts'
import { type Hearing, SocksFront } from './forward/socks-front.ts'
import { Strangers } from './forward/strangers.ts'
import { GatewayFront } from './gateway/gateway-front.ts'
import type { PipelineServices } from './pipeline.ts'
import { SandboxWays } from './sandbox-ways.ts'

/** What the ways in are put together from. */
export interface WaysInParts {
  readonly services: PipelineServices
  readonly keyRing: KeyRing
  readonly store: SandboxStore
  /** Project of records about visitors of whom nothing is known. */
  readonly project: string
  readonly openGateway: (spec: GatewaySpec) => Promise<Gateway>
  /** Roots that the operator trusts for every service, PEM. */
  readonly extraRoots?: string
}

/** Everything by which sandboxes come in: their gateways, and the door for those that run elsewhere. */
export class WaysIn {
  /** The ways out that they lead to. */
  readonly ways: SandboxWays
  readonly #parts: WaysInParts
  readonly #gateway: GatewayFront
  readonly #ownHosts = new Set([internalHost])
  #agentDoor = closedAgentDoor
  #listener: SandboxListener | undefined

  constructor(parts: WaysInParts) {
    const { services, keyRing, store, openGateway, extraRoots = '' } = parts
    const door: AgentDoor = { answer: (...asked) => this.#agentDoor.answer(...asked) }
    this.#parts = parts
    this.#gateway = new GatewayFront({ plane: services.plane, lookup: services.lookup, door, ownHosts: this.#ownHosts })
    this.ways = new SandboxWays({ services, keyRing, store, openGateway, extraRoots, internal: this.#gateway })
  }

  /** Says who answers at the agent door; until then there is nothing behind it. */
  leadTo(agentDoor: AgentDoor): void {
    this.#agentDoor = agentDoor
  }

  /** Opens the door for sandboxes that run elsewhere. @throws CoatcheckError `listen_failed` */
  async openDoor(door: DoorAddress): Promise<SandboxListener> {
    const { services, store, project } = this.#parts
    const gatehouse = new Gatehouse({
      audit: services.audit,
      clock: services.clock,
      doorkeeper: new Doorkeeper(store, services.clock),
      lookup: services.lookup,
      project,
      loopback: isLoopback(door.host),
    })
    const egressOf = this.ways.egressOf.bind(this.ways)
    const { clock, faults, plane } = services
    const strangers = new Strangers(clock, (peer) => void gatehouse.recordSurplus(peer, 'too many without a token'))
    const front = new ProxyFront({ faults, gatehouse, gateway: this.#gateway, plane, strangers, egressOf })
    const socks = new SocksFront({ faults, gatehouse, strangers, allowClear: door.socksClear === true, egressOf })
    const fronts = {
      http: (visitor: Visitor) => front.serve(visitor),
      socks: (visitor: Visitor, hearing: Hearing) => void socks.serve(visitor, hearing),
    }
    const listener = await openSandboxListener(door, fronts, strangers)
    this.#listener = listener
    this.#ownHosts.add(new URL(listener.url).hostname)
    this.ways.reachedAt(reachedDoor(listener.url, door))
    return listener
  }

  /** Closes the door and every way out. */
  async close(): Promise<void> {
    await this.#listener?.close()
    await this.ways.closeAll()
  }
}
