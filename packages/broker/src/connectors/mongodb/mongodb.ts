import type { Connector, GrantSetup } from '../connector.ts'
import { MongodbSession } from './mongodb-session.ts'
import { mongodbVariables } from './mongodb-variables.ts'
import { PlaceholderCheck } from './placeholder-check.ts'
import { scopeOptions } from './scope-options.ts'
import { ServiceTopology } from './service-topology.ts'

/** What the sessions of one grant share. */
export interface GrantState {
  readonly check: PlaceholderCheck
  readonly topology: ServiceTopology
}

const states = new WeakMap<GrantSetup, GrantState>()

/** MongoDB from version 4.4.2 on, and what speaks as it does. */
export const mongodb: Connector = {
  scheme: 'mongodb',
  variables: mongodbVariables,
  serve(session) {
    const { setup } = session
    const state = states.get(setup) ?? {
      check: new PlaceholderCheck(setup.placeholder),
      topology: new ServiceTopology(scopeOptions(setup)),
    }
    states.set(setup, state)
    return new MongodbSession(session, state).serve()
  },
}
