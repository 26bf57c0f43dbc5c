import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { canonicalTarget } from '../../foundation/canonical-path.ts'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Arrival, Exchange } from '../exchange.ts'
import { fieldsFrom } from '../forwarded-fields.ts'
import type { LiveExchanges } from '../live-exchanges.ts'
import { carryExchange, type PipelineServices } from '../pipeline.ts'
import { problemResponse } from '../problem-response.ts'
import { type Refusal, RefusedError, refusalOf, refuse } from '../refusal.ts'
import { recordArrivalRefused } from '../stages/record-arrival.ts'
import { ReferenceCarrier } from './reference-carrier.ts'

/** What was settled about a connection when it was accepted. */
export interface Accepted {
  readonly arrival: Arrival
  /** Every request on the connection gets this answer. */
  readonly refusal?: Refusal
  /** Breaks the connection off, so that the client cannot take it for a regular end. */
  reset(): void
}

/** Speaks HTTP/1.1 with the clients of one sandbox, by `node:http`, and makes an exchange of each request. */
export class HttpFront {
  readonly #sandbox: Sandbox
  readonly #services: PipelineServices
  readonly #live: LiveExchanges
  readonly #accepted = new WeakMap<Duplex, Accepted>()
  readonly #server: Server

  constructor(sandbox: Sandbox, services: PipelineServices, live: LiveExchanges) {
    this.#sandbox = sandbox
    this.#services = services
    this.#live = live
    this.#server = createServer({
      insecureHTTPParser: false,
      maxHeaderSize: 64 * 1024,
      requestTimeout: 0,
      headersTimeout: 60_000,
      keepAliveTimeout: 120_000,
    })
      .on('request', (request, response) => void this.#onRequest(request, response, false))
      .on('checkContinue', (request, response) => void this.#onRequest(request, response, true))
      .on('connect', (request, socket) => {
        void this.#refuseBare(request.socket, socket, refuse('method_refused', { method: 'CONNECT' }))
      })
      .on('clientError', (error: NodeJS.ErrnoException, socket) => {
        // A connection that the client reset carries no request that could be refused.
        if (!socket.writable || error.code === 'ECONNRESET') socket.destroy()
        else void this.#refuseBare(socket, socket, refuse('request_malformed', { reason: error.code ?? 'unknown' }))
      })
  }

  /** Takes over a connection that speaks HTTP. */
  serve(connection: Duplex, accepted: Accepted): void {
    this.#accepted.set(connection, accepted)
    this.#server.emit('connection', connection)
    // A connection whose first bytes were looked at is still paused, and the server does not expect that.
    connection.resume()
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    const id = newIdentifier('exc')
    const accepted = this.#accepted.get(request.socket)
    if (accepted === undefined) return void request.socket.destroy()
    const carrier = new ReferenceCarrier(request, response, expectsContinue, accepted.reset)
    const { arrival, refusal } = accepted
    try {
      if (refusal !== undefined) {
        // The connection was judged once: whoever wants another verdict comes again.
        response.shouldKeepAlive = false
        throw new RefusedError(refusal)
      }
      await this.#carry(id, arrival, request, response, carrier)
    } catch (error) {
      const reason = refusalOf(error)
      const known = { id, method: request.method ?? '' }
      await recordArrivalRefused(this.#services.audit, this.#sandbox, arrival.destination, reason, known)
      carrier.refuse(reason, id)
    }
  }

  async #carry(
    id: string,
    arrival: Arrival,
    request: IncomingMessage,
    response: ServerResponse,
    carrier: ReferenceCarrier,
  ): Promise<void> {
    const revision = this.#services.revision.current()
    const routes = this.#services.routes.routesOf(arrival.sandboxId)
    const target = canonicalTarget(request.url ?? '')
    const live = this.#live.begin(() => grantsOf(exchange))
    response.once('close', () => {
      if (!response.writableFinished) live.controller.abort(refuse('client_disconnected'))
    })
    const exchange: Exchange = {
      id,
      arrival,
      startedAtMs: this.#services.clock.monotonicMs(),
      head: {
        method: request.method ?? '',
        ...('refused' in target ? { path: '/', query: '' } : target),
        fields: fieldsFrom(request.rawHeaders),
      },
      ambiguous: 'refused' in target ? target.refused : null,
      routes,
      revision,
      carrier,
      signal: live.controller.signal,
      attachments: [],
      rule: null,
      reach: {},
    }
    await carryExchange(exchange, this.#services)
    live.over()
  }

  /** Answers where there is no request to answer, and closes. */
  async #refuseBare(connection: Duplex, socket: Duplex, refusal: Refusal): Promise<void> {
    const id = newIdentifier('exc')
    const accepted = this.#accepted.get(connection)
    if (accepted !== undefined) {
      await recordArrivalRefused(this.#services.audit, this.#sandbox, accepted.arrival.destination, refusal, { id })
    }
    const { status, headers, body } = problemResponse(refusal, id)
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${status} Refused\r\n${fields.join('')}connection: close\r\n\r\n${body}`, () =>
      socket.destroy(),
    )
  }
}

/** The grants that an exchange uses: those whose secrets it carries, or, without one, those that let it through. */
function grantsOf({ arrival, attachments, routes }: Exchange): string[] {
  if (attachments.length > 0) return attachments.map(({ grant }) => grant.grant.id)
  return routes.grants
    .filter(({ scopes }) => scopes.some(({ pattern }) => pattern.matches(arrival.destination)))
    .map(({ grant }) => grant.id)
}
