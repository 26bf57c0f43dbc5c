import { CoatcheckError } from '@coatcheck/contract'
import type { SocketScheme } from '../../foundation/destination.ts'
import type { Injection } from '../injector.ts'
import { loginInjection } from '../login-injection.ts'
import { wordOption } from '../option-forms.ts'
import { parseSigningKeys } from '../signing/signing-keys.ts'
import { awsLoginToken } from './aws-login-token.ts'
import { regionOf, regionOption } from './aws-region.ts'

/** The options of a login by a token of RDS. */
export const rdsOptions = { token: wordOption(['aws-rds'], false), region: regionOption } as const

/** What a scope says beside. */
export interface RdsScope {
  readonly scheme: Extract<SocketScheme, 'postgres' | 'mysql'>
  readonly user: string | undefined
  readonly database: string | undefined
  readonly tls: string | undefined
  readonly region: string | undefined
}

/**
 * A login to RDS or Aurora by a token of IAM, which is good for fifteen minutes. The secret is a pair of keys of AWS, also with a session
 * token; it stays in the broker.
 * @throws CoatcheckError `scope_invalid`
 */
export function rdsLogin({ scheme, user, database, tls, region }: RdsScope): Injection {
  if (user === undefined) throw invalid(scheme, '`token` needs a `user`, whom the token is for')
  // SECURITY: a token is a password that is sent in clear text.
  if (tls === 'off') throw invalid(scheme, '`token` needs TLS')
  return loginInjection(
    {
      scheme,
      database: database ?? null,
      missingFor: (host) =>
        (region ?? regionOf(host)) === undefined ? 'Add `region`: the one that the database is in.' : undefined,
      checkPlace() {},
      present(secret, { host, port, now }) {
        const place = region ?? regionOf(host)
        if (place === undefined) throw invalid(scheme, 'no `region`')
        const query = { Action: 'connect', DBUser: user }
        const target = { service: 'rds-db', region: place, host: `${host}:${port}`, query }
        return Buffer.from(awsLoginToken(target, parseSigningKeys(secret), now))
      },
    },
    (secret) => void parseSigningKeys(secret),
  )
}

function invalid(injector: string, reason: string): CoatcheckError {
  return new CoatcheckError('scope_invalid', { injector, reason })
}
