import type { Connector, GrantSetup } from '../connector.ts'
import { SshSession } from './ssh-session.ts'
import { sshVariables } from './ssh-variables.ts'
import { type StandIn, standInOf } from './stand-in.ts'

const standIns = new WeakMap<GrantSetup, StandIn>()

/** Git over SSH: protocol 2.0, as narrow as git needs it. */
export const ssh: Connector = {
  scheme: 'ssh',
  keepsOwnName: true,
  variables: sshVariables,
  serve(session) {
    const standIn = standIns.get(session.setup) ?? standInOf(session.setup.placeholder)
    standIns.set(session.setup, standIn)
    return new SshSession(session, standIn).serve()
  },
}
