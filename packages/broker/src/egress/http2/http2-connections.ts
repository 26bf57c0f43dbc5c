import type { Socket } from 'node:net'
import type { HttpConnections, HttpHandlers } from '../http-plane.ts'
import type { ServiceSource } from '../relay/service-source.ts'
import { type ClientLimits, usualLimits } from './client-limits.ts'
import { Http2Session, type StreamKeeper } from './http2-session.ts'

/** Speaks HTTP/2 on connections that somebody else accepted, and on which it was agreed. */
export class Http2Connections<Context> implements HttpConnections<Context>, StreamKeeper {
  readonly services: ServiceSource
  readonly limits: ClientLimits
  readonly #handlers: HttpHandlers<Context>
  #streams = 0

  constructor(handlers: HttpHandlers<Context>, services: ServiceSource, limits: ClientLimits = usualLimits) {
    this.#handlers = handlers
    this.services = services
    this.limits = limits
  }

  serve(connection: Socket, tcp: Socket, context: Context): void {
    new Http2Session(connection, tcp, context, this.#handlers, this).begin()
  }

  /** SECURITY: one sandbox has room for so many requests, however many connections it spreads them over. */
  enter(): boolean {
    if (this.#streams >= this.limits.streams) return false
    this.#streams += 1
    return true
  }

  leave(): void {
    this.#streams -= 1
  }
}
