import type { Connector } from '../connector.ts'
import { SmtpSession } from './smtp-session.ts'
import { smtpVariables } from './smtp-variables.ts'

/** The submission of mail, RFC 6409. */
export const smtp: Connector = {
  scheme: 'smtp',
  reservesDeeds: true,
  variables: smtpVariables,
  serve: (session) => new SmtpSession(session).serve(),
}
