import { CoatcheckError, type Scope } from '@coatcheck/contract'
import { isSocketScheme } from '../foundation/destination.ts'
import { networkMatcher } from '../policy/network-matcher.ts'
import type { ConnectionDoor } from './connection-door.ts'
import type { Sandbox } from './sandbox.ts'

/**
 * Refuses a secret whose client would have nowhere to connect to: it runs outside of any network of the broker's making, and there are
 * no ports for such.
 * @throws CoatcheckError `connection_unreachable`
 */
export function demandWayIn(
  sandbox: Pick<Sandbox, 'fence' | 'from'>,
  variable: string,
  scopes: readonly Scope[],
  connections: Pick<ConnectionDoor, 'isReachedFrom'> | undefined,
): void {
  if (sandbox.fence !== 'none' || scopes.length === 0) return
  if (!scopes.every(({ to }) => isSocketScheme(networkMatcher(to).scheme))) return
  if (connections?.isReachedFrom(sandbox) === true) return
  throw new CoatcheckError('connection_unreachable', { variable })
}
