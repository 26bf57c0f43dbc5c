import { CoatcheckError } from '@coatcheck/contract'
import { socketPorts } from '../foundation/destination.ts'
import type { GrantSetup, ReachWish, ServiceAddress } from './connector.ts'
import { grantName } from './grant-name.ts'
import type { GrantedPlace } from './granted-connection.ts'
import type { JudgedGrant } from './judge-grant.ts'

/**
 * What the process of a grant is told of it.
 * @param portAddress where clients find the service that have no network of the broker's making
 * @param extraRoots trusted for every service, PEM
 */
export function grantSetup(
  { grant, connection, placeholder }: JudgedGrant,
  portAddress: ServiceAddress | undefined,
  extraRoots = '',
): GrantSetup {
  const [first, ...others] = [connection, ...connection.others].map(({ destination, roots, isLocal }) => ({
    host: destination.host,
    roots: extraRoots + roots,
    isLocal,
  }))
  const { scheme, port } = connection.destination
  const address = portAddress ?? { host: grantName(grant.id), port: socketPorts[scheme] }
  return { scheme, placeholder, inject: connection.inject, port, ...first!, others, address }
}

/**
 * Where a wish leads. SECURITY: a connector chooses among the places of its grant by their number, and has no other word for them.
 * @throws CoatcheckError `destination_denied`
 */
export function placeFor({ connection }: JudgedGrant, { place = 0 }: ReachWish): GrantedPlace {
  const found = [connection, ...connection.others][place]
  if (found !== undefined) return found
  const { host, port } = connection.destination
  throw new CoatcheckError('destination_denied', { host, port })
}
