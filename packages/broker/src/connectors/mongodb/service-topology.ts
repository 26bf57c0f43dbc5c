import type { Socket } from 'node:net'
import { ReachError, type ServedSession, type ServicePlace } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { MessageReader } from './message-reader.ts'
import type { ScopeOptions } from './scope-options.ts'
import { readState, type ServiceState } from './service-state.ts'
import { openTransport } from './service-transport.ts'
import { message } from './wire.ts'

/** A connection over which the service is asked for its state, and nothing else. */
interface Probe {
  readonly owner: ServedSession
  readonly socket: Socket
  readonly reader: MessageReader
}

/** How long an answer is good for, in milliseconds; clients ask no oftener than each half second. */
const freshMs = 400
/** For an answer, in milliseconds. */
const answerMs = 10_000
/** Longest answer, in bytes. */
const answerLimit = 1_048_576

/**
 * What the service of one grant is at present. Clients ask before they log in, and some never do: they are told by the broker, which
 * asks over one connection for all. SECURITY: no byte of a client goes into it.
 */
export class ServiceTopology {
  readonly #scope: ScopeOptions
  #state: ServiceState | undefined
  #learntAt = Number.NEGATIVE_INFINITY
  #asking: Promise<ServiceState> | undefined
  #probe: Probe | undefined
  #place = 0
  readonly #left = new WeakSet<ServedSession>()

  constructor(scope: ScopeOptions) {
    this.#scope = scope
  }

  /** Where nobody has asked a moment ago, asks, by way of the session or of another one. Rejects as `reach` does, and for what the service says. */
  async state(session: ServedSession): Promise<ServiceState> {
    if (this.#state !== undefined && performance.now() - this.#learntAt < freshMs) return this.#state
    if (this.#asking !== undefined) {
      const state = await this.#asking.catch(() => undefined)
      // Whose connection it was may have gone.
      if (state !== undefined) return state
    }
    this.#asking ??= this.#ask(session).finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  /** Where to log in: the primary, where one is known, among the places of the grant. */
  get place(): number {
    return this.#place
  }

  /** Takes what a login has learnt. */
  learn(state: ServiceState): void {
    this.#state = state
    this.#learntAt = performance.now()
  }

  /** A connection of the service is gone: what was known of it may be too. */
  forget(): void {
    this.#state = undefined
  }

  /** Closes what belongs to a session that is over. */
  leave(session: ServedSession): void {
    this.#left.add(session)
    if (this.#probe?.owner === session) this.#drop()
  }

  async #ask(session: ServedSession): Promise<ServiceState> {
    const places = placesOf(session)
    if (this.#probe !== undefined) {
      try {
        const state = await this.#askOver(this.#probe)
        if (state.isWritable || places.length === 1) return state
      } catch {
        // It was closed since; a new one says why, if anything is wrong.
      }
      this.#drop()
    }
    let [found, fault]: [ServiceState | undefined, unknown] = [undefined, undefined]
    for (const [turn] of places.entries()) {
      // The one that was the primary last is asked first.
      const place = (this.#place + turn) % places.length
      try {
        const state = await this.#open(session, place)
        if (state.isWritable || places.length === 1) {
          this.#place = place
          return state
        }
        found ??= state
      } catch (error) {
        // SECURITY: what the broker refuses is not tried elsewhere.
        if (error instanceof ReachError && error.code !== 'upstream_unreachable') throw error
        fault = error
      }
      this.#drop()
    }
    if (found === undefined) throw fault
    this.learn(found)
    return found
  }

  async #open(session: ServedSession, place: number): Promise<ServiceState> {
    const { socket } = await session.reach({ purpose: 'state', place })
    socket.on('error', () => socket.destroy())
    try {
      session.ending.throwIfAborted()
      const secure = await openTransport(socket, this.#scope, placesOf(session)[place]!, session.ending)
      // Nobody would close it.
      if (this.#left.has(session)) throw new ProtocolError('closed')
      this.#probe = { owner: session, socket: secure, reader: new MessageReader(secure, answerLimit) }
      return await this.#askOver(this.#probe)
    } catch (error) {
      socket.destroy()
      this.#drop()
      throw error
    }
  }

  async #askOver({ socket, reader }: Probe): Promise<ServiceState> {
    const timer = setTimeout(() => socket.destroy(), answerMs)
    try {
      socket.write(message({ hello: 1, $db: 'admin' }))
      const { state } = readState(await reader.message())
      this.learn(state)
      return state
    } finally {
      clearTimeout(timer)
    }
  }

  #drop(): void {
    this.#probe?.socket.destroy()
    this.#probe = undefined
  }
}

/** The places of a grant, in the order of their numbers. */
export function placesOf({ setup }: Pick<ServedSession, 'setup'>): readonly ServicePlace[] {
  return [setup, ...setup.others]
}
