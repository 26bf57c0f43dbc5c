import type { Connector } from '../connector.ts'
import { perGrant } from '../per-grant.ts'
import { PlaceholderCheck } from './client-login.ts'
import { MysqlSession } from './mysql-session.ts'
import { mysqlVariables } from './mysql-variables.ts'
import { SessionThreads } from './session-threads.ts'

/** What the sessions of one grant share. */
export interface GrantState {
  readonly check: PlaceholderCheck
  readonly threads: SessionThreads
}

const stateOf = perGrant<GrantState>(({ placeholder }) => ({
  check: new PlaceholderCheck(placeholder),
  threads: new SessionThreads(),
}))

/** MySQL, MariaDB, and what speaks as they do. */
export const mysql: Connector = {
  scheme: 'mysql',
  variables: mysqlVariables,
  serve: (session) => new MysqlSession(session, stateOf(session.setup)).serve(),
}
