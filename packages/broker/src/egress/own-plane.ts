import { negotiatedProtocol } from '../upstream/negotiated-protocol.ts'
import type { HttpConnections, HttpHandlers, HttpPlane } from './http-plane.ts'
import { Http1Connections } from './http1/http1-connections.ts'
import { Http1Service } from './http1/http1-service.ts'
import { Http2Connections } from './http2/http2-connections.ts'
import { ServiceSessions } from './http2/service-sessions.ts'
import { ServicePool } from './relay/service-pool.ts'

/** Speaks HTTP on the sockets themselves, and keeps connections to services for the next request. */
export class OwnPlane implements HttpPlane {
  readonly protocols = ['h2', 'http/1.1']
  /** For clients that speak HTTP/1.1: services speak it too, unless they know nothing but HTTP/2. */
  readonly #single = new ServiceSessions({ protocols: ['http/1.1'], otherwise: ['h2'] }, newPool())
  /** For clients that speak HTTP/2: so do services that can, for the sake of what HTTP/1.1 cannot carry. */
  readonly #multiplexed = new ServiceSessions({ protocols: ['h2', 'http/1.1'] }, newPool())

  connections<Context>(handlers: HttpHandlers<Context>): HttpConnections<Context> {
    const single = new Http1Connections(handlers, this.#single)
    const multiplexed = new Http2Connections(handlers, this.#multiplexed)
    return {
      serve(connection, tcp, context) {
        const chosen = negotiatedProtocol(connection) === 'h2' ? multiplexed : single
        chosen.serve(connection, tcp, context)
      },
    }
  }

  forget(sandboxId: string): void {
    this.#single.forget(sandboxId)
    this.#multiplexed.forget(sandboxId)
  }
}

function newPool(): ServicePool {
  return new ServicePool((duplex, onIdle) => new Http1Service(duplex, onIdle))
}
