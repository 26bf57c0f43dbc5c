import { algorithm, credentialScope, sha256, signatureV4 } from '../../foundation/signature-v4.ts'
import { percentEncode } from '../percent-encode.ts'
import type { SigningKeys } from '../signing/signing-keys.ts'

/** What a token of AWS is good for. */
export interface AwsTokenTarget {
  /** As signatures have it, such as `rds-db`. */
  readonly service: string
  readonly region: string
  /** What the service is called in the signed request, with its port where that is signed too. */
  readonly host: string
  /** What is asked for, by name. */
  readonly query: Readonly<Record<string, string>>
}

/** How long a token can be logged in with; the most that the services take. */
const lifeSeconds = 900

/**
 * A password that AWS makes of a pair of keys: the presigned URL of a request that nobody sends, without its scheme. AWS Signature
 * Version 4, in the query. It is worked out here, and asked of nobody.
 */
export function awsLoginToken({ service, region, host, query }: AwsTokenTarget, keys: SigningKeys, at: Date): string {
  const scope = { instant: at.toISOString().replaceAll(/[:-]|\.\d{3}/g, ''), region, service }
  const parameters = {
    ...query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${keys.accessKeyId}/${credentialScope(scope)}`,
    'X-Amz-Date': scope.instant,
    'X-Amz-Expires': String(lifeSeconds),
    ...(keys.sessionToken !== null && { 'X-Amz-Security-Token': keys.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  }
  const written = Object.entries(parameters)
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&')
  const canonical = ['GET', '/', written, `host:${host}\n`, 'host', sha256()].join('\n')
  return `${host}/?${written}&X-Amz-Signature=${signatureV4(canonical, scope, keys.secretAccessKey)}`
}

function encoded(text: string): string {
  return percentEncode(Buffer.from(text).toString('latin1'))
}
