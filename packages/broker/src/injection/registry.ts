import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { Injection, Injector } from './injector.ts'
import { awsEcr } from './injectors/aws-ecr.ts'
import { awsSession } from './injectors/aws-session.ts'
import { azure } from './injectors/azure.ts'
import { basic } from './injectors/basic.ts'
import { bearer } from './injectors/bearer.ts'
import { body } from './injectors/body.ts'
import { cookie } from './injectors/cookie.ts'
import { digest } from './injectors/digest.ts'
import { gcpServiceAccount } from './injectors/gcp-service-account.ts'
import { githubApp } from './injectors/github-app.ts'
import { header } from './injectors/header.ts'
import { headers } from './injectors/headers.ts'
import { hmac } from './injectors/hmac.ts'
import { mongodb } from './injectors/mongodb.ts'
import { mtls } from './injectors/mtls.ts'
import { mysql } from './injectors/mysql.ts'
import { oauth2 } from './injectors/oauth2.ts'
import { path } from './injectors/path.ts'
import { placeholder } from './injectors/placeholder.ts'
import { postgres } from './injectors/postgres.ts'
import { query } from './injectors/query.ts'
import { redis } from './injectors/redis.ts'
import { registry } from './injectors/registry.ts'
import { sigv4 } from './injectors/sigv4.ts'
import { smtp } from './injectors/smtp.ts'
import { ssh } from './injectors/ssh.ts'

/** Every way to put a secret on the wire, sorted by kind. */
export const injectors: readonly Injector[] = [
  awsEcr,
  awsSession,
  azure,
  basic,
  bearer,
  body,
  cookie,
  digest,
  gcpServiceAccount,
  githubApp,
  header,
  headers,
  hmac,
  mongodb,
  mtls,
  mysql,
  oauth2,
  path,
  placeholder,
  postgres,
  query,
  redis,
  registry,
  sigv4,
  smtp,
  ssh,
]

/** The injection that a scope asks for. @throws CoatcheckError `scope_invalid` */
export function prepareInjection(spec: InjectorSpec): Injection {
  const injector = injectors.find(({ kind }) => kind === spec.kind)
  if (injector === undefined) {
    const allowed = injectors.map(({ kind }) => kind).join(', ')
    throw new CoatcheckError('scope_invalid', { reason: 'unknown injector', allowed })
  }
  return injector.prepare(spec)
}
