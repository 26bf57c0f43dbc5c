import type { Duplex } from 'node:stream'
import { type KeptLane, LaneTable, longestIdleMs } from './lane-table.ts'
import type { ServiceStream } from './streams.ts'

/** A connection to a service that can carry one exchange after the other. */
export interface ServiceConnection extends ServiceStream {
  /** Nothing is under way on it, and nothing speaks against using it again. */
  readonly isUsable: boolean
  /** For so long after an exchange the service keeps it open, as far as is known, in milliseconds. */
  readonly keptMs: number
}

/** Turns an open connection into one that carries exchanges; calls back when one is over and another may follow. */
export type SpeakOn = (duplex: Duplex, onIdle: (connection: ServiceConnection) => void) => ServiceConnection

/** Idle connections for one lane; more are closed. */
const maxIdlePerLane = 128
/** A request that must not be sent twice travels only on a connection that was used this short a time ago. */
const surelyOpenMs = 2_000

interface Idle {
  readonly connection: ServiceConnection
  readonly sinceMs: number
}

interface Lane extends KeptLane {
  readonly idle: Idle[]
}

/**
 * Connections to services that are kept for the next request. SECURITY: a lane is a sandbox, its grants with the versions of
 * their secrets, a destination and the way to reach it: nothing that differs in one of these ever shares a connection (SEC-16).
 */
export class ServicePool {
  readonly #speakOn: SpeakOn
  readonly #lanes = new LaneTable<Lane>({ close, tidy: (lane) => this.#tidy(lane) })
  readonly #now: () => number

  constructor(speakOn: SpeakOn, now: () => number = () => performance.now()) {
    this.#speakOn = speakOn
    this.#now = now
  }

  /** An idle connection, the one that was used last; undefined where there is none. `isSafe`: the request may be sent twice. */
  take(lane: string, isSafe: boolean): ServiceStream | undefined {
    const idle = this.#lanes.get(lane)?.idle
    if (idle === undefined) return undefined
    for (let next = idle.pop(); next !== undefined; next = idle.pop()) {
      const { connection, sinceMs } = next
      const age = this.#now() - sinceMs
      const limit = Math.min(isSafe ? longestIdleMs : surelyOpenMs, connection.keptMs)
      if (connection.isUsable && age < limit) return connection
      if (connection.isUsable && !isSafe && age < connection.keptMs) {
        // Whatever lies below it was unused for longer still.
        idle.push(next)
        return undefined
      }
      connection.destroy()
    }
    return undefined
  }

  /** A new connection. Rejects as `dial` does. */
  async open(lane: string, sandboxId: string, dial: () => Promise<Duplex>): Promise<ServiceStream> {
    return this.#speakOn(await dial(), (connection) => this.#keep(lane, sandboxId, connection))
  }

  /** Closes the idle connections of a sandbox; those in use are closed by what uses them. */
  forget(sandboxId: string): void {
    this.#lanes.forget(sandboxId)
  }

  #keep(key: string, sandboxId: string, connection: ServiceConnection): void {
    const nowMs = this.#now()
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { sandboxId, idle: [], usedAtMs: nowMs }
      this.#lanes.add(key, lane)
    }
    lane.usedAtMs = nowMs
    if (lane.idle.length >= maxIdlePerLane) connection.destroy()
    else lane.idle.push({ connection, sinceMs: nowMs })
  }

  #tidy({ idle }: Lane): boolean {
    const fresh = idle.filter(({ connection, sinceMs }) => {
      const isFresh = connection.isUsable && this.#now() - sinceMs < Math.min(longestIdleMs, connection.keptMs)
      if (!isFresh) connection.destroy()
      return isFresh
    })
    idle.splice(0, idle.length, ...fresh)
    return fresh.length > 0
  }
}

function close({ idle }: Lane): void {
  for (const { connection } of idle.splice(0)) connection.destroy()
}
