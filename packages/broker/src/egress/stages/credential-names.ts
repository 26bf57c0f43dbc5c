import { canonicalFieldName, canonicalParameterName } from '../../injection/canonical-names.ts'

/** Header fields that hold a credential wherever they are used, as `canonicalFieldName` writes them. */
const fieldNames: ReadonlySet<string> = new Set([
  'api-key',
  'apikey',
  'authentication',
  'authorization',
  'cookie',
  'cookie2',
  'dd-api-key',
  'dd-application-key',
  'deploy-token',
  'job-token',
  'ocp-apim-subscription-key',
  'private-token',
  'proxy-authorization',
  'x-access-token',
  'x-amz-security-token',
  'x-api-key',
  'x-api-token',
  'x-apikey',
  'x-auth',
  'x-auth-key',
  'x-auth-token',
  'x-auth-user-service-key',
  'x-authorization',
  'x-client-secret',
  'x-figma-token',
  'x-functions-key',
  'x-gitlab-token',
  'x-goog-api-key',
  'x-goog-iam-authorization-token',
  'x-honeycomb-team',
  'x-insert-key',
  'x-postmark-account-token',
  'x-postmark-server-token',
  'x-sentry-auth',
  'x-session-token',
  'x-shopify-access-token',
  'x-subscription-token',
  'x-vault-token',
  'xi-api-key',
])

/** Endings of field names that services make up for their credential. */
const fieldEndings = [
  '-access-token',
  '-api-key',
  '-api-token',
  '-apikey',
  '-auth-token',
  '-authorization',
  '-private-token',
]

/** Query parameters that hold a credential or a signature, as `canonicalParameterName` writes them. */
const parameterNames: ReadonlySet<string> = new Set([
  'accesskey',
  'accesstoken',
  'apikey',
  'apitoken',
  'appkey',
  'authorization',
  'authtoken',
  'awsaccesskeyid',
  'bearertoken',
  'clientassertion',
  'clientsecret',
  'hapikey',
  'idtoken',
  'jwt',
  'oauthsignature',
  'oauthtoken',
  'passwd',
  'password',
  'personalapikey',
  'privatetoken',
  'refreshtoken',
  'secret',
  'secretkey',
  'subscriptionkey',
  'xamzcredential',
  'xamzsecuritytoken',
  'xamzsignature',
  'xgoogcredential',
  'xgoogsignature',
])

/** Query parameters that hold a credential at some services and an ordinary word at others. */
const ambiguousParameterNames: ReadonlySet<string> = new Set([
  'auth',
  'key',
  'session',
  'sessionid',
  'sid',
  'sig',
  'signature',
  'token',
])

/** Whether a header field of this name holds a credential. */
export function isCredentialField(name: string): boolean {
  const canonical = canonicalFieldName(name)
  return fieldNames.has(canonical) || fieldEndings.some((ending) => canonical.endsWith(ending))
}

/** Whether this query parameter holds a credential; ambiguous names do when the value looks made by a machine. */
export function isCredentialParameter(name: string, value: string): boolean {
  const canonical = canonicalParameterName(name)
  if (parameterNames.has(canonical)) return value !== ''
  return ambiguousParameterNames.has(canonical) && /^[\w.~+/=:|-]{16,}$/.test(value) && /\d/.test(value)
}
