import { CoatcheckError } from '@coatcheck/contract'
import { negotiatedProtocol } from '../../upstream/negotiated-protocol.ts'
import type { Dial } from '../exchange.ts'
import type { ServicePool } from '../relay/service-pool.ts'
import type { ServiceSource } from '../relay/service-source.ts'
import type { ServiceStream } from '../relay/streams.ts'
import { ServiceSession } from './service-session.ts'

/** Services commonly keep an idle connection for a minute or more. */
const longestIdleMs = 50_000
/** So long a request waits for another one's connection, before it opens its own: what is revoked meanwhile hears of it in time (N2). */
const longestWaitMs = 500
/** Lanes that are known to speak one or the other; the longest unknown gives way. */
const maxLanes = 1_024

interface Lane {
  readonly sandboxId: string
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
  readonly #lanes = new Map<string, Lane>()
  readonly #now: () => number
  #sweep: NodeJS.Timeout | undefined

  /** `single` has the connections that carry one exchange at a time. */
  constructor(offer: Offer, single: ServicePool, now: () => number = () => performance.now()) {
    this.#offer = offer
    this.#single = single
    this.#now = now
  }

  take(key: string, isSafe: boolean): ServiceStream | undefined {
    const lane = this.#lanes.get(key)
    return (lane && reserveIn(lane)) ?? this.#single.take(key, isSafe)
  }

  async open(key: string, sandboxId: string, dial: Dial): Promise<ServiceStream> {
    const known = this.#lanes.get(key)
    if (known?.opening !== undefined && this.#mayShare(known)) {
      await soon(known.opening)
      const stream = reserveIn(known)
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
    for (const [key, lane] of this.#lanes) if (lane.sandboxId === sandboxId) this.#drop(key, lane)
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
    const lane: Lane = { sandboxId, sessions: new Set(), opening: undefined, speaks: undefined }
    this.#lanes.set(key, lane)
    if (this.#lanes.size > maxLanes) {
      const [oldest, unused] = this.#lanes.entries().next().value!
      this.#drop(oldest, unused)
    }
    this.#sweep ??= setInterval(() => this.#closeOld(), longestIdleMs / 2).unref()
    return lane
  }

  #drop(key: string, lane: Lane): void {
    this.#lanes.delete(key)
    for (const session of lane.sessions) session.retire()
    lane.sessions.clear()
  }

  #closeOld(): void {
    for (const [key, lane] of this.#lanes) {
      for (const session of lane.sessions) {
        if (!session.isIdle || this.#now() - session.idleSinceMs < longestIdleMs) continue
        lane.sessions.delete(session)
        session.retire()
      }
      if (lane.sessions.size === 0 && lane.opening === undefined) this.#lanes.delete(key)
    }
    if (this.#lanes.size > 0) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }
}

function reserveIn({ sessions }: Lane): ServiceStream | undefined {
  for (const session of sessions) if (session.room > 0) return session.reserve()
  return undefined
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
