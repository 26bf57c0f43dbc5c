import { isIP } from 'node:net'
import { type DoorAddress, isLoopback } from '../foundation/door-address.ts'
import type { PortPlace } from '../foundation/port-place.ts'

/** Below those that systems give to connections that programs open, so that a port is there again after a restart. */
const usualPorts = [20_000, 29_999] as const
const loopback = '127.0.0.1'

/**
 * Where grants of registered sandboxes have their ports: where the operator said, else beside a door that is on loopback itself.
 * SECURITY: what is said there is in clear text until a client asks for TLS, so nothing is opened off loopback unasked.
 */
export function portPlaceOf(door: DoorAddress | undefined): PortPlace | undefined {
  if (door === undefined) return undefined
  const { connections, host, port, publicUrl } = door
  const url = publicUrl === undefined ? undefined : new URL(publicUrl)
  const isInFront = isLoopback(host) && url?.protocol === 'https:'
  // A public https URL of a door on loopback leads to something before it that expects HTTP.
  if (connections === undefined && (!isLoopback(host) || isInFront)) return undefined
  const address = connections?.host ?? loopback
  const isNamed = url !== undefined && isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0
  return {
    host: address,
    name: isNamed && !isInFront ? url.hostname : address,
    ports: connections?.ports ?? usualPorts,
    isKept: port !== 0,
  }
}
