import type { Connector } from '../connector.ts'
import { perGrant } from '../per-grant.ts'
import { CancelKeys } from './cancel-keys.ts'
import { PlaceholderCheck } from './client-login.ts'
import { PostgresSession } from './postgres-session.ts'
import { postgresVariables } from './postgres-variables.ts'

/** What the sessions of one grant share. */
export interface GrantState {
  readonly check: PlaceholderCheck
  readonly cancels: CancelKeys
}

const stateOf = perGrant<GrantState>(({ placeholder }) => ({
  check: new PlaceholderCheck(placeholder),
  cancels: new CancelKeys(),
}))

/** PostgreSQL, and what speaks as it does: protocol 3.0 and 3.2. */
export const postgres: Connector = {
  scheme: 'postgres',
  variables: postgresVariables,
  serve: (session) => new PostgresSession(session, stateOf(session.setup)).serve(),
}
