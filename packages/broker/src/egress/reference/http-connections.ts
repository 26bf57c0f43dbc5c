import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Refusal, refuse } from '../refusal.ts'
import { RequestQueue } from './request-queue.ts'

/** A request as it came in. */
export interface ArrivedRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
}

/** What is done with what comes in on connections that speak HTTP. None of it rejects. */
export interface HttpHandlers<Context> {
  /** Requests of one connection come one after the other: the next when the answer to this one is out. */
  onRequest(arrived: ArrivedRequest, context: Context): Promise<void>
  /** A request for a tunnel; `socket` is no longer read as HTTP, and `head` is what was read already. */
  onConnect(request: IncomingMessage, socket: Duplex, head: Buffer, context: Context): Promise<void>
  /** Bytes that are no request. */
  onMalformed(socket: Duplex, refusal: Refusal, context: Context): Promise<void>
}

/** How patient the broker is with clients, in milliseconds. */
export interface Patience {
  /** For a head that was begun, and for the first one of a connection; looked at every so often. */
  readonly headMs: number
  readonly everyMs: number
}

const usualPatience: Patience = { headMs: 60_000, everyMs: 10_000 }

interface Entry<Context> {
  readonly context: Context
  readonly queue: RequestQueue
}

/** Speaks HTTP/1.1 on connections that somebody else accepted, by `node:http`. */
export class HttpConnections<Context> {
  readonly #entries = new WeakMap<Duplex, Entry<Context>>()
  readonly #server: Server

  constructor(handlers: HttpHandlers<Context>, { headMs, everyMs }: Patience = usualPatience) {
    const onRequest = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
      const entry = this.#entries.get(request.socket)
      if (entry === undefined) request.socket.destroy()
      else entry.queue.add(response, () => handlers.onRequest({ request, response, expectsContinue }, entry.context))
    }
    this.#server = createServer({
      insecureHTTPParser: false,
      maxHeaderSize: 64 * 1024,
      requestTimeout: 0,
      headersTimeout: headMs,
      connectionsCheckingInterval: everyMs,
      keepAliveTimeout: 120_000,
    })
      .on('request', (request, response) => onRequest(request, response, false))
      .on('checkContinue', (request, response) => onRequest(request, response, true))
      .on('connect', (request, socket, head) => {
        const entry = this.#entries.get(socket)
        // An answer to this one would come before, or in the middle of, the answers that are still owed.
        if (entry === undefined || entry.queue.isBusy) socket.destroy()
        else void handlers.onConnect(request, socket, head, entry.context)
      })
      .on('clientError', (error: NodeJS.ErrnoException, socket) => {
        const entry = this.#entries.get(socket)
        // A connection that the client reset, or on which no head came, carries no request that could be refused.
        const isSilent = error.code === 'ECONNRESET' || error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        if (entry === undefined || !socket.writable || isSilent) socket.destroy()
        else {
          const refusal = refuse('request_malformed', { reason: error.code ?? 'unknown' })
          entry.queue.addLast(socket, () => handlers.onMalformed(socket, refusal, entry.context))
        }
      })
    // SECURITY: Node frames a body by fields that are beyond its number of fields, and does not show them. Bytes are bounded.
    this.#server.maxHeadersCount = 0
    // SECURITY: Node looks for heads that take too long only where a server listens, and this one is handed its connections.
    this.#server.emit('listening')
  }

  /** Takes over a connection that speaks HTTP. */
  serve(connection: Duplex, context: Context): void {
    this.#entries.set(connection, { context, queue: new RequestQueue() })
    this.#server.emit('connection', connection)
    // A connection whose first bytes were looked at is still paused, and the server does not expect that.
    connection.resume()
  }
}
