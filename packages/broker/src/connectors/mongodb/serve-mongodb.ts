import type { ServedSession, SessionEnd } from '../connector.ts'
import { perGrant } from '../per-grant.ts'
import { MongodbSession } from './mongodb-session.ts'
import { PlaceholderCheck } from './placeholder-check.ts'
import { scopeOptions } from './scope-options.ts'
import { ServiceTopology } from './service-topology.ts'

/** What the sessions of one grant share. */
export interface GrantState {
  readonly check: PlaceholderCheck
  readonly topology: ServiceTopology
}

const stateOf = perGrant<GrantState>((setup) => ({
  check: new PlaceholderCheck(setup.placeholder),
  topology: new ServiceTopology(scopeOptions(setup)),
}))

/** Serves one client, with what its grant has learnt by others. */
export function serveMongodb(session: ServedSession): Promise<SessionEnd> {
  return new MongodbSession(session, stateOf(session.setup)).serve()
}
