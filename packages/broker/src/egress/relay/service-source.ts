import type { Dial } from '../exchange.ts'
import type { ServiceStream } from './streams.ts'

/** Where exchanges get their half of a connection to a service. */
export interface ServiceSource {
  /** One on a connection that was kept for this lane. `isSafe`: the request may be sent twice. */
  take(lane: string, isSafe: boolean): ServiceStream | undefined
  /** One on a new connection. Rejects as `dial` does. */
  open(lane: string, sandboxId: string, dial: Dial): Promise<ServiceStream>
  /** Closes the idle connections of a sandbox; those in use are closed by what uses them. */
  forget(sandboxId: string): void
}
