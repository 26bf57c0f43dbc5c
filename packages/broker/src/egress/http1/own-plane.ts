import type { HttpConnections, HttpHandlers, HttpPlane } from '../http-plane.ts'
import { ServicePool } from '../relay/service-pool.ts'
import { Http1Connections } from './http1-connections.ts'
import { Http1Service } from './http1-service.ts'

/** Speaks HTTP on the sockets themselves, and keeps connections to services for the next request. */
export class OwnPlane implements HttpPlane {
  readonly #pool = new ServicePool((duplex, onIdle) => new Http1Service(duplex, onIdle))

  connections<Context>(handlers: HttpHandlers<Context>): HttpConnections<Context> {
    return new Http1Connections(handlers, this.#pool)
  }

  forget(sandboxId: string): void {
    this.#pool.forget(sandboxId)
  }
}
