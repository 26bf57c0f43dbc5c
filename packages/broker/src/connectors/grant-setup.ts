import { CoatcheckError } from '@coatcheck/contract'
import { socketPorts } from '../foundation/destination.ts'
import type { GrantSetup, ReachWish } from './connector.ts'
import { grantName } from './grant-name.ts'
import type { GrantedPlace } from './granted-connection.ts'
import type { JudgedGrant } from './judge-grant.ts'

/** What the process of a grant is told of it. @param extraRoots trusted for every service, PEM */
export function grantSetup({ grant, connection, placeholder }: JudgedGrant, extraRoots = ''): GrantSetup {
  const [first, ...others] = [connection, ...connection.others].map(({ destination, roots, isLocal }) => ({
    host: destination.host,
    roots: extraRoots + roots,
    isLocal,
  }))
  const { scheme, port } = connection.destination
  const address = { host: grantName(grant.id), port: socketPorts[scheme] }
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
