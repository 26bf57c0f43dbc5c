import type { InjectorSpec } from '@coatcheck/contract'

/** Says where the placeholder of a variable must stand for an injector, as text of a request with `<NAME>` in it. */
export function describePlace(spec: InjectorSpec, env: string): string {
  const mark = `<${env}>`
  return descriptions[spec.kind]?.(spec, mark) ?? `where the injector ${spec.kind} puts it`
}

type Describe = (spec: InjectorSpec, mark: string) => string

const asBearer: Describe = (_spec, mark) => `Authorization: Bearer ${mark}`

const asSignature: Describe = (_spec, mark) =>
  `nowhere: the client signs with ${mark} (Signature Version 4), and sends its key identifier`

const asPassword: Describe = () => 'as the password of a login to the host in its variables'

const descriptions: Readonly<Record<string, Describe>> = {
  basic({ as, username }, mark) {
    if (typeof username === 'string') return `Authorization: Basic base64(${username}:${mark})`
    const user = `Authorization: Basic base64(${mark}:…)`
    const password = `Authorization: Basic base64(…:${mark})`
    if (as === 'user') return user
    return as === 'password' ? password : `${user} or ${password}`
  },
  bearer: ({ scheme = 'Bearer' }, mark) => `Authorization: ${scheme} ${mark}`,
  'aws-ecr': (_spec, mark) => `Authorization: Basic base64(AWS:${mark})`,
  'aws-session': asSignature,
  azure: asBearer,
  body: ({ pointer, field }, mark) =>
    pointer === undefined ? `in a form: ${field}=${mark}` : `in JSON at ${pointer}: "${mark}"`,
  cookie: ({ name }, mark) => `Cookie: ${name}=${mark}`,
  digest: (_spec, mark) =>
    `nowhere: the client answers the Digest challenge of the service with ${mark} for a password`,
  'gcp-service-account': asBearer,
  'github-app': ({ scheme = 'Bearer or token' }, mark) =>
    scheme === 'Basic' ? `Authorization: Basic base64(…:${mark})` : `Authorization: ${scheme} ${mark}`,
  header: ({ name, prefix = '' }, mark) => `${name}: ${prefix}${mark}`,
  headers: ({ headers }, mark) =>
    Object.entries((headers ?? {}) as Readonly<Record<string, string>>)
      .filter(([, template]) => valueMark.test(template))
      .map(([name, template]) => `${name}: ${filled(template, mark)}`)
      .join(' or '),
  hmac: ({ header }, mark) => `nowhere: the client signs with ${mark}, and sends ${header}`,
  mongodb: asPassword,
  mtls: () => 'nowhere: the certificate is shown to the service when it is dialled',
  mysql: asPassword,
  oauth2: asBearer,
  path: ({ template }, mark) => `in the path: ${filled(String(template), mark)}`,
  placeholder: ({ in: surfaces }, mark) => `${mark} anywhere in: ${[surfaces].flat().map(String).join(', ')}`,
  postgres: asPassword,
  query: ({ name }, mark) => `in the query: ${name}=${mark}`,
  redis: asPassword,
  registry: ({ tokenUrl, username = '…' }, mark) =>
    `at ${tokenUrl}: Authorization: Basic base64(${username}:${mark}); then the token that this gives, as Bearer`,
  sigv4: asSignature,
  smtp: asPassword,
  ssh: () => 'nowhere: git logs in with a key that stands for it, by GIT_SSH_COMMAND',
}

const valueMark = /\{\{\s*value\s*\}\}/

function filled(template: string, mark: string): string {
  return template.replace(valueMark, () => mark)
}
