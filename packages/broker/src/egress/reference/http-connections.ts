import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Refusal, refuse } from '../refusal.ts'

/** A request as it came in. */
export interface ArrivedRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
}

/** What is done with what comes in on connections that speak HTTP. None of it rejects. */
export interface HttpHandlers<Context> {
  onRequest(arrived: ArrivedRequest, context: Context): Promise<void>
  /** A request for a tunnel; `socket` is no longer read as HTTP, and `head` is what was read already. */
  onConnect(request: IncomingMessage, socket: Duplex, head: Buffer, context: Context): Promise<void>
  /** Bytes that are no request. */
  onMalformed(socket: Duplex, refusal: Refusal, context: Context): Promise<void>
}

/** Speaks HTTP/1.1 on connections that somebody else accepted, by `node:http`. */
export class HttpConnections<Context> {
  readonly #contexts = new WeakMap<Duplex, Context>()
  readonly #server: Server

  constructor(handlers: HttpHandlers<Context>) {
    const onRequest = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
      const context = this.#contexts.get(request.socket)
      if (context === undefined) request.socket.destroy()
      else void handlers.onRequest({ request, response, expectsContinue }, context)
    }
    this.#server = createServer({
      insecureHTTPParser: false,
      maxHeaderSize: 64 * 1024,
      requestTimeout: 0,
      headersTimeout: 60_000,
      keepAliveTimeout: 120_000,
    })
      .on('request', (request, response) => onRequest(request, response, false))
      .on('checkContinue', (request, response) => onRequest(request, response, true))
      .on('connect', (request, socket, head) => {
        const context = this.#contexts.get(socket)
        if (context === undefined) socket.destroy()
        else void handlers.onConnect(request, socket, head, context)
      })
      .on('clientError', (error: NodeJS.ErrnoException, socket) => {
        const context = this.#contexts.get(socket)
        // A connection that the client reset carries no request that could be refused.
        if (context === undefined || !socket.writable || error.code === 'ECONNRESET') socket.destroy()
        else
          void handlers.onMalformed(socket, refuse('request_malformed', { reason: error.code ?? 'unknown' }), context)
      })
  }

  /** Takes over a connection that speaks HTTP. */
  serve(connection: Duplex, context: Context): void {
    this.#contexts.set(connection, context)
    this.#server.emit('connection', connection)
    // A connection whose first bytes were looked at is still paused, and the server does not expect that.
    connection.resume()
  }
}
