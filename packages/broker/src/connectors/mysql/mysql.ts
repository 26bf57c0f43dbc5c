import type { Connector, GrantSetup } from '../connector.ts'
import { PlaceholderCheck } from './client-login.ts'
import { MysqlSession } from './mysql-session.ts'
import { mysqlVariables } from './mysql-variables.ts'
import { SessionThreads } from './session-threads.ts'

/** What the sessions of one grant share. */
export interface GrantState {
  readonly check: PlaceholderCheck
  readonly threads: SessionThreads
}

const states = new WeakMap<GrantSetup, GrantState>()

/** MySQL, MariaDB, and what speaks as they do. */
export const mysql: Connector = {
  scheme: 'mysql',
  variables: mysqlVariables,
  serve(session) {
    const state = states.get(session.setup) ?? {
      check: new PlaceholderCheck(session.setup.placeholder),
      threads: new SessionThreads(),
    }
    states.set(session.setup, state)
    return new MysqlSession(session, state).serve()
  },
}
