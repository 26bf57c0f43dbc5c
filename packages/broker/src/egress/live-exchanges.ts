import type { Duplex } from 'node:stream'
import { Roster, type Seated } from '../foundation/roster.ts'
import { Ending } from './ending.ts'
import type { Refusal } from './refusal.ts'

/** What went over a connection so far. */
interface ConnectionUse extends Seated {
  readonly connection: Duplex
  /** Grants that were used on it; before the first request, those that it was opened for. */
  grants: Set<string>
  /** What was added to these last. */
  latestGrants: readonly string[]
  isFresh: boolean
  running: number
  /** What began on it last and may be going on. */
  latest: LiveExchange | undefined
}

/** What an exchange is asked when authority changes. */
export interface LiveExchange {
  /** Its grants; mostly the same array where they are the same. */
  used(): readonly string[]
  /** Whether the rules as they are now would let it begin in this way. */
  mayGoOn(): boolean
  /** Told right before it is ended because authority changed. */
  revoked?(): void
  /** Whether it ends its connection itself, once it has said why. */
  saysFarewell?(): boolean
}

/** An exchange or a tunnel that is going on. */
class Running implements Seated {
  seat = -1
  readonly ending = new Ending()
  readonly exchange: LiveExchange
  readonly #roster: Roster<Running>
  readonly #use: ConnectionUse | undefined

  constructor(exchange: LiveExchange, roster: Roster<Running>, use: ConnectionUse | undefined) {
    this.exchange = exchange
    this.#roster = roster
    this.#use = use
  }

  over(): void {
    this.#roster.delete(this)
    const use = this.#use
    if (use === undefined) return
    use.running -= 1
    // What an exchange was made of must not stay for as long as an idle connection does.
    if (use.running === 0) use.latest = undefined
    const used = this.exchange.used()
    if (used === use.latestGrants) return
    use.latestGrants = used
    for (const id of used) use.grants.add(id)
  }
}

const none: readonly string[] = []

/** Connections of one sandbox at one time; many more than an agent and its tools need. */
const maxConnections = 1_024

/** How long a connection may take to end that says why, in milliseconds. */
const farewellMs = 900

/** What is going on for one sandbox, so that a revocation ends it. */
export class LiveExchanges {
  readonly #connections = new Roster<ConnectionUse>()
  readonly #useOf = new WeakMap<Duplex, ConnectionUse>()
  readonly #running = new Roster<Running>()

  /**
   * Remembers a connection until it closes; doing so again changes nothing. SECURITY: R-82. One sandbox has room for so many,
   * that others are still served: one too many is destroyed. @returns whether it was remembered
   */
  addConnection(connection: Duplex): boolean {
    if (this.#useOf.has(connection)) return true
    if (this.#connections.size >= maxConnections) {
      connection.destroy()
      return false
    }
    const grants = new Set<string>()
    const use = { connection, grants, latestGrants: none, isFresh: true, running: 0, latest: undefined, seat: -1 }
    this.#connections.add(use)
    this.#useOf.set(connection, use)
    connection.on('close', () => this.releaseConnection(connection))
    return true
  }

  /** Lets go of a connection that somebody else uses from now on. */
  releaseConnection(connection: Duplex): void {
    const use = this.#useOf.get(connection)
    if (use !== undefined) this.#connections.delete(use)
    this.#useOf.delete(connection)
  }

  /** Says which grants a connection leads to on which nothing was asked for yet: it ends with them. */
  openedFor(connection: Duplex, grantIds: readonly string[]): void {
    const use = this.#useOf.get(connection)
    if (use?.isFresh === true) use.grants = new Set(grantIds)
  }

  /** Starts an exchange, which is asked when authority changes. The caller says when it is over. */
  begin(exchange: LiveExchange, connection?: Duplex): Pick<Running, 'ending' | 'over'> {
    const use = connection && this.#useOf.get(connection)
    if (use !== undefined) {
      if (use.isFresh) use.grants.clear()
      use.isFresh = false
      use.running += 1
      use.latest = exchange
    }
    const running = new Running(exchange, this.#running, use)
    this.#running.add(running)
    return running
  }

  /** Ends the exchanges that use one of these grants, and the idle connections that they were used on. */
  endGrants(grantIds: readonly string[], refusal: Refusal): void {
    this.#revoke((exchange) => exchange.used().some((id) => grantIds.includes(id)), refusal)
    for (const { connection, grants, running } of this.#connections) {
      if (running === 0 && grantIds.some((id) => grants.has(id))) connection.destroy()
    }
  }

  /** Ends the exchanges that use a grant, and the idle connections that one was used on. */
  endInjected(refusal: Refusal): void {
    this.#revoke((exchange) => exchange.used().length > 0, refusal)
    for (const { connection, grants, isFresh, running } of this.#connections) {
      if (running === 0 && !isFresh && grants.size > 0) connection.destroy()
    }
  }

  /** Ends the exchanges that the rules no longer let be. */
  endDenied(refusal: Refusal): void {
    this.#revoke((exchange) => !exchange.mayGoOn(), refusal)
  }

  /** Ends everything. */
  endAll(refusal: Refusal): void {
    this.#revoke(() => true, refusal)
    for (const { connection, latest, running } of this.#connections) {
      if (running === 0 || latest?.saysFarewell?.() !== true) connection.destroy()
      // SECURITY: however it takes its leave, it is gone within a second (N2).
      else setTimeout(() => connection.destroy(), farewellMs)
    }
  }

  #revoke(isMeant: (exchange: LiveExchange) => boolean, refusal: Refusal): void {
    for (const { ending, exchange } of this.#running) {
      if (!isMeant(exchange)) continue
      exchange.revoked?.()
      ending.end(refusal)
    }
  }
}
