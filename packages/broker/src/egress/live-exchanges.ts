import type { Duplex } from 'node:stream'
import type { Refusal } from './refusal.ts'

/** What is going on for one sandbox, so that a revocation ends it. */
export class LiveExchanges {
  readonly #connections = new Set<Duplex>()
  readonly #exchanges = new Map<AbortController, () => readonly string[]>()

  /** Remembers a connection until it closes. */
  addConnection(connection: Duplex): void {
    this.#connections.add(connection)
    connection.once('close', () => this.#connections.delete(connection))
  }

  /** Starts an exchange; `used` is asked for its grants when some are revoked. The caller says when it is over. */
  begin(used: () => readonly string[]): { readonly controller: AbortController; over(): void } {
    const controller = new AbortController()
    this.#exchanges.set(controller, used)
    return { controller, over: () => this.#exchanges.delete(controller) }
  }

  /** Ends the exchanges that use one of these grants. */
  endGrants(grantIds: readonly string[], refusal: Refusal): void {
    for (const [controller, used] of this.#exchanges) {
      if (used().some((id) => grantIds.includes(id))) controller.abort(refusal)
    }
  }

  /** Ends the exchanges that use a grant. */
  endInjected(refusal: Refusal): void {
    for (const [controller, used] of this.#exchanges) {
      if (used().length > 0) controller.abort(refusal)
    }
  }

  /** Ends everything. */
  endAll(refusal: Refusal): void {
    for (const controller of this.#exchanges.keys()) controller.abort(refusal)
    for (const connection of this.#connections) connection.destroy()
  }
}
