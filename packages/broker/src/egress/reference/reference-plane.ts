import type { HttpHandlers, HttpPlane } from '../http-plane.ts'
import { ReferenceConnections } from './reference-connections.ts'

/** Speaks HTTP by `node:http`, with a connection of its own for each exchange: slow, and the measure of what is right. */
export const referencePlane: HttpPlane = {
  protocols: ['http/1.1'],
  connections: <Context>(handlers: HttpHandlers<Context>) => new ReferenceConnections(handlers),
  // It keeps nothing.
  forget() {},
}
