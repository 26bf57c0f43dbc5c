import { CoatcheckError } from '@coatcheck/contract'
import { negotiatedProtocol } from '../../upstream/negotiated-protocol.ts'
import type { Dial } from '../exchange.ts'
import { type KeptLane, LaneTable, longestIdleMs } from '../relay/lane-table.ts'
import type { ServicePool } from '../relay/service-pool.ts'
import type { ServiceSource } from '../relay/service-source.ts'
import type { ServiceStream } from '../relay/streams.ts'
import { ServiceSession } from './service-session.ts'

/** So long a request waits for another one's connection, before it opens its own: what is revoked meanwhile hears of it in time (N2). */
const longestWaitMs = 500

interface Lane extends KeptLane {
  readonly sessions: Set<ServiceSession>
  /** Another request is opening the first connection. */
  opening: Promise<unknown> | undefined
  speaks: 'h2' | 'http/1.1' | undefined
}

/** How a service is asked to speak. */
export interface Offer {
  readonly protocols: readonly string[]
  /** Asked for when a service wants none of them. */
  readonly otherwise?: readonly string[]
}

/**
 * Connections to services, of whatever version of HTTP they agree to. SECURITY: exchanges share a connection when they agree in
 * their lane, and only then (SEC-16).
 */
export class ServiceSessions implements ServiceSource {
  readonly #offer: Offer
  readonly #single: ServicePool
  readonly #lanes = new LaneTable<Lane>({ close, tidy: (lane) => this.#tidy(lane) })
  readonly #now: () => number

  /** `single` has the connections that carry one exchange at a time. */
  constructor(offer: Offer, single: ServicePool, now: () => number = () => performance.now()) {
    this.#offer = offer
    this.#single = single
    this.#now = now
  }

  take(key: string, isSafe: boolean): ServiceStream | undefined {
    const lane = this.#lanes.get(key)
    return (lane && this.#reserveIn(lane)) ?? this.#single.take(key, isSafe)
  }

  async open(key: string, sandboxId: string, dial: Dial): Promise<ServiceStream> {
    const known = this.#lanes.get(key)
    if (known?.opening !== undefined && this.#mayShare(known)) {
      await soon(known.opening)
      const stream = this.#reserveIn(known)
      if (stream !== undefined) return stream
    }
    const lane = this.#laneOf(key, sandboxId)
    const opening = this.#open(key, lane, dial)
    lane.opening ??= opening
    try {
      return await opening
    } finally {
      if (lane.opening === opening) lane.opening = undefined
    }
  }

  forget(sandboxId: string): void {
    this.#single.forget(sandboxId)
    this.#lanes.forget(sandboxId)
  }

  /** Whether a connection that another request is opening may turn out to be for both. */
  #mayShare({ speaks }: Lane): boolean {
    return speaks === 'h2' || (speaks === undefined && this.#offer.otherwise === undefined)
  }

  async #open(key: string, lane: Lane, dial: Dial): Promise<ServiceStream> {
    const duplex = await this.#dial(lane, dial)
    const speaks = negotiatedProtocol(duplex) === 'h2' ? 'h2' : 'http/1.1'
    lane.speaks = speaks
    if (speaks === 'http/1.1') return this.#single.open(key, lane.sandboxId, () => Promise.resolve(duplex))
    const session = new ServiceSession(duplex, () => lane.sessions.delete(session), this.#now)
    const stream = session.reserve()
    // SECURITY: what was forgotten while it was being opened is for nobody else.
    if (this.#lanes.get(key) === lane) lane.sessions.add(session)
    else session.retire()
    return stream
  }

  async #dial(lane: Lane, dial: Dial) {
    const { protocols, otherwise } = this.#offer
    if (otherwise === undefined) return dial(protocols)
    if (lane.speaks === 'h2') return dial(otherwise)
    try {
      return await dial(protocols)
    } catch (error) {
      if (!wantsAnother(error)) throw error
      return dial(otherwise)
    }
  }

  #laneOf(key: string, sandboxId: string): Lane {
    const known = this.#lanes.get(key)
    if (known !== undefined) return known
    const lane: Lane = { sandboxId, sessions: new Set(), opening: undefined, speaks: undefined, usedAtMs: this.#now() }
    this.#lanes.add(key, lane)
    return lane
  }

  #reserveIn(lane: Lane): ServiceStream | undefined {
    for (const session of lane.sessions) {
      if (session.room <= 0) continue
      lane.usedAtMs = this.#now()
      return session.reserve()
    }
    return undefined
  }

  #tidy({ sessions, opening }: Lane): boolean {
    for (const session of sessions) {
      if (!session.isIdle || this.#now() - session.idleSinceMs < longestIdleMs) continue
      sessions.delete(session)
      session.retire()
    }
    return sessions.size > 0 || opening !== undefined
  }
}

function close({ sessions }: Lane): void {
  for (const session of sessions) session.retire()
  sessions.clear()
}

/** Waits for a while, whatever comes of it. */
async function soon(opening: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, longestWaitMs)
  opening.then(
    () => resolve(),
    () => resolve(),
  )
  await promise
  clearTimeout(timer)
}

/** Whether a service ended the handshake over what it was offered (RFC 7301 §3.2). */
function wantsAnother(error: unknown): boolean {
  return error instanceof CoatcheckError && String(error.facts['reason']).endsWith('NO_APPLICATION_PROTOCOL')
}
