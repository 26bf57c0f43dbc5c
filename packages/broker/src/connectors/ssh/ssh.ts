import type { Connector } from '../connector.ts'
import { perGrant } from '../per-grant.ts'
import { SshSession } from './ssh-session.ts'
import { sshVariables } from './ssh-variables.ts'
import { standInOf } from './stand-in.ts'

const standInFor = perGrant(({ placeholder }) => standInOf(placeholder))

/** Git over SSH: protocol 2.0, as narrow as git needs it. */
export const ssh: Connector = {
  scheme: 'ssh',
  keepsOwnName: true,
  variables: sshVariables,
  serve: (session) => new SshSession(session, standInFor(session.setup)).serve(),
}
