import type { GrantSetup, ServedSession, SessionEnd } from '../connector.ts'
import { MongodbSession } from './mongodb-session.ts'
import { PlaceholderCheck } from './placeholder-check.ts'
import { scopeOptions } from './scope-options.ts'
import { ServiceTopology } from './service-topology.ts'

/** What the sessions of one grant share. */
export interface GrantState {
  readonly check: PlaceholderCheck
  readonly topology: ServiceTopology
}

const states = new WeakMap<GrantSetup, GrantState>()

/** Serves one client, with what its grant has learnt by others. */
export function serveMongodb(session: ServedSession): Promise<SessionEnd> {
  const { setup } = session
  const state = states.get(setup) ?? {
    check: new PlaceholderCheck(setup.placeholder),
    topology: new ServiceTopology(scopeOptions(setup)),
  }
  states.set(setup, state)
  return new MongodbSession(session, state).serve()
}
