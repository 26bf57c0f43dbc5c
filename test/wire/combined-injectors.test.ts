import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { after, before, beforeEach, test } from 'node:test'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { type SigningScope, signInField } from '../fixtures/sign-request.ts'
import { faultOfSignature, type SignedRequest, sha256 } from '../fixtures/signed-request.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startTokenService, type TokenService } from '../fixtures/token-service.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { openHttp2 } from './http2-client.ts'
import { type Inside, openWorld, type Sending, testedPlane, type World } from './world.ts'

const aws = 'aws.service.test'
const trade = 'trade.service.test'
const api = 'api.service.test'
const auth = 'auth.service.test'
const root = createTlsRoot()
const keys = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'Real/Key+'.repeat(5).slice(0, 40) }
const tradeKey = 'the-real-key-of-the-account'
const clientSecret = 'real-client-secret-0123456789'
/** A value that JSON escapes, so that the body gets another length. */
const inBody = `${makeCanary('sk-body-').value}"\\`
const service: SigningScope = { service: 'execute-api' }

let origin: VerifyingServer
let tokens: TokenService
let world: World
let inside: Inside
/** What arrived. */
let arrived: SignedRequest[] = []

const asJson = (text: string): string => JSON.stringify({ n: 1, auth: { token: text } })
const tradeSignature = (key: string, body: string | Buffer): string =>
  createHmac('sha256', key).update('POST/orders').update(body).digest('hex')

before(async () => {
  origin = await startVerifyingServer({
    root,
    hosts: { [aws]: 'public', [trade]: 'public', [api]: 'public' },
    async answer(request, response) {
      const { method = '', url: target = '', rawHeaders } = request
      arrived.push({ method, target, rawHeaders, body: await buffer(request) })
      response.end('ok')
    },
  })
  tokens = await startTokenService({ root, clients: { 'the-client': clientSecret } })
  world = await openWorld()
  const scope = (to: string, inject: InjectorSpec, { port }: { readonly port: number } = origin): Scope => ({
    to,
    inject,
    pin: { address: '127.0.0.1', port },
    roots: root.certificate,
  })
  const create = (name: string, value: string, scopes: readonly Scope[]): Promise<unknown> =>
    world.client.secrets.create({ name, value, scopes: [...scopes] })
  const body = { kind: 'body', pointer: '/auth/token' }
  await create(
    'placed',
    inBody,
    [aws, trade, api].map((to) => scope(to, body)),
  )
  await create('aws', JSON.stringify(keys), [scope(aws, { kind: 'sigv4', services: ['execute-api'] })])
  const message = '{{ method }}{{ target }}{{ body }}'
  await create('trade', tradeKey, [scope(trade, { kind: 'hmac', header: 'X-Sign', message })])
  const tokenUrl = `https://${auth}/token`
  const oauth = { kind: 'oauth2', grant: 'client-credentials', tokenUrl }
  const client = JSON.stringify({ client_id: 'the-client', client_secret: clientSecret })
  await create('oauth', client, [scope(api, oauth), scope(auth, oauth, tokens)])
  inside = await world.createSandbox({ secrets: { PLACED: 'placed', AWS: 'aws', TRADE: 'trade', OAUTH: 'oauth' } })
})
beforeEach(() => {
  arrived = []
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
  await tokens.close()
})

const pair = () => {
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
    inside.sandbox.connect.env
  return { accessKeyId, secretAccessKey }
}

/** A request of a client that signs what it sends, with the placeholder of another secret in it. */
function signed(headers: Readonly<Record<string, string>> = {}, body = asJson(inside.placeholder('PLACED'))): Sending {
  const plain = { host: aws, method: 'POST', target: '/stage/things?x=1', body }
  const fields = { 'content-type': 'application/json', ...headers }
  return { ...plain, headers: signInField({ ...plain, headers: fields }, pair(), service) }
}

const fieldOf = ({ rawHeaders }: SignedRequest, name: string): string | undefined =>
  rawHeaders.find((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name)

const hashOfSent = (): string => sha256(asJson(inside.placeholder('PLACED')))

for (const [how, headers] of [
  ['whose hash is said in a field', () => ({ 'x-amz-content-sha256': hashOfSent() })],
  ['whose hash is not said', () => ({})],
  ['that is not signed', () => ({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })],
  [
    'with digests and checksums beside it',
    () => ({
      'x-amz-content-sha256': hashOfSent(),
      'content-md5': createHash('md5')
        .update(asJson(inside.placeholder('PLACED')))
        .digest('base64'),
      'x-amz-checksum-crc32': 'AAAAAA==',
      'x-amz-sdk-checksum-algorithm': 'CRC32',
    }),
  ],
] as const) {
  test(`W4, AC-14.1: a signed request gets its value into a body ${how}, and is signed over what leaves`, async () => {
    assert.equal((await inside.send(signed(headers()))).status, 200)
    const [request] = arrived
    assert.equal(String(request!.body), asJson(inBody))
    assert.equal(faultOfSignature(request!, keys), undefined)
    const said = fieldOf(request!, 'x-amz-content-sha256')
    assert.ok(said === undefined || said === 'UNSIGNED-PAYLOAD' || said === sha256(request!.body))
    for (const name of ['content-md5', 'x-amz-checksum-crc32', 'x-amz-sdk-checksum-algorithm'])
      assert.equal(fieldOf(request!, name), undefined)
    const { event } = (await world.events()).at(-1)!
    assert.deepEqual([...(event.secrets ?? [])].sort(), ['aws@1', 'placed@1'])
  })
}

test('W4: the body alone decides what is sent: one without a placeholder arrives as it was signed', async () => {
  const body = '{"n":1}'
  assert.equal((await inside.send(signed({ 'x-amz-content-sha256': sha256(body) }, body))).status, 200)
  assert.equal(String(arrived[0]!.body), body)
  assert.equal(faultOfSignature(arrived[0]!, keys), undefined)
})

const denials: readonly (readonly [string, string, () => Sending])[] = [
  [
    'over another body with its hash',
    'signature_invalid',
    () => ({ ...signed({ 'x-amz-content-sha256': sha256('{}') }), body: asJson(inside.placeholder('PLACED')) }),
  ],
  [
    'over another body without its hash',
    'signature_invalid',
    () => ({ ...signed({}, asJson('x')), body: asJson(inside.placeholder('PLACED')) }),
  ],
  [
    'and has a placeholder beside the place, too',
    'placeholder_undeclared_place',
    () => signed({}, asJson(inside.placeholder('PLACED')).replace('1', `"${inside.placeholder('PLACED')}"`)),
  ],
  [
    'and has the key of its signature in its body',
    'placeholder_undeclared_place',
    () => signed({}, asJson(inside.placeholder('PLACED')).replace('1', `"${pair().secretAccessKey}"`)),
  ],
]
for (const [how, code, sending] of denials) {
  test(`SEC-12, R-60: a request that is signed ${how} is refused as ${code}, and nothing is dialled`, async () => {
    const { dials } = origin
    assert.equal((await inside.send(sending())).code, code)
    assert.equal(origin.dials, dials)
  })
}

const order = (signature: string, body: string): Sending => ({
  host: trade,
  method: 'POST',
  target: '/orders',
  body,
  headers: [
    ['Content-Type', 'application/json'],
    ['X-Sign', signature],
  ],
})

test('W4: a signature of the service’s own is over the body as it leaves, with a value in it', async () => {
  const body = asJson(inside.placeholder('PLACED'))
  assert.equal((await inside.send(order(tradeSignature(inside.placeholder('TRADE'), body), body))).status, 200)
  const [request] = arrived
  assert.equal(String(request!.body), asJson(inBody))
  assert.equal(fieldOf(request!, 'x-sign'), tradeSignature(tradeKey, request!.body))
  assert.deepEqual((await world.events()).at(-1)!.event.secrets, ['trade@1', 'placed@1'])
})

test('SEC-12: a signature of the service’s own over another body is refused, and nothing is dialled', async () => {
  const { dials } = origin
  const body = asJson(inside.placeholder('PLACED'))
  for (const signature of [
    tradeSignature(inside.placeholder('TRADE'), asJson('x')),
    tradeSignature(tradeKey, body),
    tradeSignature(inside.placeholder('TRADE'), asJson(inBody)),
  ]) {
    assert.equal((await inside.send(order(signature, body))).code, 'signature_invalid')
  }
  assert.equal(origin.dials, dials)
})

const withToken = (body: string): Sending => ({
  host: api,
  method: 'POST',
  target: '/things',
  body,
  headers: [
    ['Content-Type', 'application/json'],
    ['Authorization', `Bearer ${inside.placeholder('OAUTH')}`],
  ],
})

test('W4: a token that was made from one secret and the value of another go on one request', async () => {
  assert.equal((await inside.send(withToken(asJson(inside.placeholder('PLACED'))))).status, 200)
  const [request] = arrived
  assert.equal(String(request!.body), asJson(inBody))
  assert.equal(fieldOf(request!, 'authorization'), `Bearer ${tokens.given.at(-1)}`)
  assert.deepEqual((await world.events()).at(-1)!.event.secrets, ['oauth@1', 'placed@1'])
})

test('R-60: beside a token, a placeholder in another place of the body is blocked, and so is that of the token', async () => {
  const { dials } = origin
  for (const body of [
    JSON.stringify({ note: inside.placeholder('PLACED') }),
    asJson(inside.placeholder('OAUTH')),
    asJson(inside.placeholder('PLACED')).replace('1', `"${inside.placeholder('OAUTH')}"`),
  ]) {
    const { code } = await inside.send(withToken(body))
    assert.ok(code === 'placeholder_undeclared_place' || code === 'foreign_credential', `${code} ${body}`)
  }
  assert.equal(origin.dials, dials)
})

const http2 = { skip: testedPlane === 'reference' && 'the reference plane speaks HTTP/1.1 alone' }
test('W4: a client that speaks HTTP/2 gets all of this, too', http2, async () => {
  for (const sending of [signed({ 'x-amz-content-sha256': hashOfSent() }), signed()]) {
    using connection = await openHttp2(inside, aws)
    const fields = Object.fromEntries(sending.headers!.map(([name, value]) => [name.toLowerCase(), value]))
    const length = { 'content-length': String(Buffer.byteLength(sending.body!)) }
    const head = { ':method': 'POST', ':path': sending.target!, ':authority': aws, ...fields, ...length }
    const { status, text } = await connection.send(head, sending.body)
    assert.equal(status, 200, text)
    assert.equal(faultOfSignature(arrived.at(-1)!, keys), undefined)
    assert.equal(String(arrived.at(-1)!.body), asJson(inBody))
  }
})
