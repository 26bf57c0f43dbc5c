import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a stand-in for a service does with a request. */
interface Reply {
  readonly status: number
  readonly body?: unknown
}

/** How one published API is spoken: whether a request proves itself, and what it is answered. */
export interface SecretApi {
  proves(request: IncomingMessage, body: string): boolean
  /** Undefined where the request asks for something else than the value. */
  answer(request: IncomingMessage, body: string, value: Uint8Array): Reply | undefined
  /** The answer where there is no such value. */
  readonly missing: Reply
}

/** A stand-in for a service that keeps secrets, on loopback. */
export interface SecretService extends AsyncDisposable {
  readonly url: string
  /** Requests that it answered, or sent elsewhere. */
  readonly count: number
  put(value: Uint8Array | undefined): void
  stall(): void
  deny(): void
  /** Answers every request by sending it to the same path of another place, as `status` says. */
  redirect(status: number, to: string): void
}

/** Starts a stand-in that speaks an API. */
export async function startSecretService(api: SecretApi, first: Uint8Array): Promise<SecretService> {
  let value: Uint8Array | undefined = first
  let [stalled, denied, count] = [false, false, 0]
  let elsewhere: { readonly status: number; readonly to: string } | undefined
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    if (stalled) return
    count += 1
    if (elsewhere !== undefined) {
      response.writeHead(elsewhere.status, { location: `${elsewhere.to}${request.url}` }).end()
      return
    }
    const { status, body: said = { message: 'no' } } = replyTo(request, body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
  })
  const replyTo = (request: IncomingMessage, body: string): Reply => {
    if (denied || !api.proves(request, body)) return { status: 403 }
    if (value === undefined) return api.missing
    return api.answer(request, body, value) ?? { status: 400 }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get count() {
      return count
    },
    put(next) {
      value = next
    },
    stall() {
      stalled = true
    },
    deny() {
      denied = true
    },
    redirect(status, to) {
      elsewhere = { status, to }
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** Credential that the stand-ins accept. */
export const accepted = {
  token: 'operator-token-0123456789',
  aws: { AccessKeyId: 'AKIDEXAMPLE', SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG', SessionToken: 'session-token' },
} as const

const textOf = (value: Uint8Array): string => Buffer.from(value).toString()
const hasBearer = ({ headers }: IncomingMessage): boolean => headers.authorization === `Bearer ${accepted.token}`

/** HashiCorp Vault and OpenBao: key-value store of version 2, in a namespace. */
export const vaultApi: SecretApi = {
  proves: ({ headers }) =>
    headers['x-vault-token'] === accepted.token &&
    headers['x-vault-namespace'] === 'team' &&
    headers['x-vault-request'] === 'true',
  answer({ method, url }, _body, value) {
    if (method !== 'GET' || url !== '/v1/kv/data/apps/stripe%20live') return undefined
    const metadata = { version: 3, deletion_time: '', destroyed: false }
    return { status: 200, body: { request_id: 'x', data: { data: { key: textOf(value), other: 'x' }, metadata } } }
  },
  missing: { status: 404, body: { errors: [] } },
}

/** AWS Secrets Manager. */
export const secretsManagerApi: SecretApi = {
  proves: (request, body) => isSigned(request, body, 'secretsmanager'),
  answer({ headers }, body, value) {
    if (headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') return undefined
    if ((JSON.parse(body) as { SecretId?: string }).SecretId !== 'prod/stripe') return undefined
    return { status: 200, body: { Name: 'prod/stripe', ...secretOf(value) } }
  },
  missing: { status: 404 },
}

/** AWS Systems Manager. */
export const parameterApi: SecretApi = {
  proves: (request, body) => isSigned(request, body, 'ssm'),
  answer({ headers }, body, value) {
    const { Name, WithDecryption } = JSON.parse(body) as { Name?: string; WithDecryption?: boolean }
    if (headers['x-amz-target'] !== 'AmazonSSM.GetParameter' || Name !== '/prod/stripe' || !WithDecryption)
      return undefined
    return {
      status: 200,
      body: { Parameter: { Name, Type: 'SecureString', Value: JSON.stringify({ key: textOf(value) }) } },
    }
  },
  missing: { status: 404 },
}

/** Google Cloud Secret Manager. */
export const gcpApi: SecretApi = {
  proves: hasBearer,
  answer({ method, url }, _body, value) {
    if (method !== 'GET' || url !== '/v1/projects/acme/secrets/stripe/versions/latest:access') return undefined
    const name = 'projects/1/secrets/stripe/versions/2'
    return { status: 200, body: { name, payload: { data: Buffer.from(value).toString('base64') } } }
  },
  missing: { status: 404 },
}

/** Ids of 1Password. */
export const onePasswordIds = { vault: 'ytrfte14kw1uex5txaore1emkz', item: '2fcbqwe9ndg175zg2dzwftvkpa' } as const

/** 1Password Connect. */
export const onePasswordApi: SecretApi = {
  proves: hasBearer,
  answer({ method, url }, _body, value) {
    const { vault, item } = onePasswordIds
    if (method !== 'GET' || url !== `/v1/vaults/${vault}/items/${item}`) return undefined
    const fields = [
      { id: 'username', label: 'username', value: 'me' },
      { id: 'nerlnqbfzdm5q5g6ydsgdqgdw4', label: 'credential', type: 'CONCEALED', value: textOf(value) },
    ]
    return { status: 200, body: { id: item, vault: { id: vault }, category: 'API_CREDENTIAL', fields } }
  },
  missing: { status: 404 },
}

/** AWS keeps text and bytes in two fields. */
function secretOf(value: Uint8Array): Readonly<Record<string, string>> {
  try {
    return { SecretString: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value) }
  } catch {
    return { SecretBinary: Buffer.from(value).toString('base64') }
  }
}

/** Recomputes a signature from what arrived. */
function isSigned({ method, url, headers }: IncomingMessage, body: string, service: string): boolean {
  const form =
    /^AWS4-HMAC-SHA256 Credential=(.+?)\/(\d{8}\/eu-west-1\/\w+\/aws4_request), SignedHeaders=(.+), Signature=(\w+)$/
  const [, keyId, place = '', names = '', signature] = form.exec(headers.authorization ?? '') ?? []
  if (keyId !== accepted.aws.AccessKeyId || !place.includes(`/${service}/`)) return false
  const needed = ['content-type', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']
  if (!needed.every((name) => names.split(';').includes(name))) return false
  const fields = names.split(';').map((name) => `${name}:${String(headers[name])}\n`)
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
  const canonical = [method, url, '', fields.join(''), names, hash(body)].join('\n')
  const key = place
    .split('/')
    .reduce<string | Buffer>(
      (key, part) => createHmac('sha256', key).update(part).digest(),
      `AWS4${accepted.aws.SecretAccessKey}`,
    )
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], place, hash(canonical)].join('\n')
  return createHmac('sha256', key).update(toSign).digest('hex') === signature
}
