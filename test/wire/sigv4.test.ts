import assert from 'node:assert/strict'
import { Agent } from 'node:https'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { Scope } from '@coatcheck/contract'
import { presign, type SigningScope, signInField, type UnsignedRequest } from '../fixtures/sign-request.ts'
import { makeSignedStorage } from '../fixtures/signed-storage.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type Sending, type World } from './world.ts'

const s3 = 's3.service.test'
const Bucket = 'shop'
const region = 'eu-central-1'
const long = (text: string): string => text.repeat(40).slice(0, 40)
const keys = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: long('Real/Key+') }
const session = {
  accessKeyId: 'ASIAREALREALREALREAL',
  secretAccessKey: long('Session+/'),
  sessionToken: `${long('tok/')}==`,
}
const root = createTlsRoot()
const storage = makeSignedStorage([keys, session])

let origin: VerifyingServer
let world: World
let inside: Inside

before(async () => {
  origin = await startVerifyingServer({ root, hosts: { [s3]: 'public' }, answer: storage.answer })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scope: Scope = { to: s3, inject: { kind: 'sigv4', services: ['s3'], regions: [region] }, ...reach }
  await world.client.secrets.create({ name: 'aws', value: JSON.stringify(keys), scopes: [scope] })
  await world.client.secrets.create({ name: 'session', value: JSON.stringify(session), scopes: [scope] })
  inside = await world.createSandbox({ secrets: { AWS: 'aws', OTHER: 'session' } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

/** The unmodified client, as it stands in a sandbox: keys from the environment, connections to where names lead there. */
function clientWith(prefix: string, options: { readonly region?: string } = {}): S3Client {
  const agent = new Agent({ keepAlive: false })
  agent.createConnection = (_options, callback) => {
    inside.connectTls(s3).then(
      (socket) => callback?.(null, socket),
      (error: Error) => callback?.(error, undefined as never),
    )
    return undefined
  }
  return new S3Client({
    region,
    ...options,
    endpoint: `https://${s3}`,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: pairOf(prefix),
    requestHandler: { httpsAgent: agent },
  })
}

test('S2: the pair that stands in the sandbox has the form of a pair', () => {
  const { env } = inside.sandbox.connect
  assert.match(env['AWS_ACCESS_KEY_ID']!, /^AKIA[0-9A-Z]{16}$/)
  assert.equal(env['AWS_SECRET_ACCESS_KEY']!.length, 40)
  assert.equal(env['AWS'], undefined)
})

const pairs = [
  ['lasting keys', 'AWS'],
  ['keys with a session token', 'OTHER'],
] as const
for (const [name, prefix] of pairs) {
  for (const Key of ['plain.txt', 'a b/c+d', 'ü/日本.txt', "(it's)!*~$&,:=@;", 'a//b/', 'x%2Fy', '%2E%2e/%']) {
    test(`AC-14.1: PutObject and GetObject of ${JSON.stringify(Key)} with ${name}`, async () => {
      const client = clientWith(prefix)
      await client.send(new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}` }))
      assert.equal(storage.objects.get(`/shop/${Key}`)?.toString(), `body of ${Key}`)
      const got = await client.send(new GetObjectCommand({ Bucket, Key }))
      assert.equal(await got.Body?.transformToString(), `body of ${Key}`)
      client.destroy()
    })
  }
}

test('AC-14.1: a stream of unknown length is uploaded in chunks with a trailer that nobody signed', async () => {
  const client = clientWith('AWS')
  const Body = Readable.from([Buffer.alloc(300_000, 'a'), Buffer.alloc(100_000, 'b')])
  await client.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: 400_000 }))
  assert.equal(storage.objects.get('/shop/stream')?.length, 400_000)
  const { rawHeaders } = storage.requests.at(-1)!
  assert.ok(rawHeaders.includes('STREAMING-UNSIGNED-PAYLOAD-TRAILER'))
  client.destroy()
})

test('AC-14.1: an object is uploaded in parts', async () => {
  const client = clientWith('OTHER')
  const place = { Bucket, Key: 'parts/of it' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(place))
  for (const PartNumber of [1, 2]) {
    await client.send(
      new UploadPartCommand({ ...place, UploadId, PartNumber, Body: Buffer.alloc(300_000, PartNumber) }),
    )
  }
  const done = await client.send(
    new CompleteMultipartUploadCommand({
      ...place,
      UploadId,
      MultipartUpload: {
        Parts: [
          { PartNumber: 1, ETag: '"1"' },
          { PartNumber: 2, ETag: '"1"' },
        ],
      },
    }),
  )
  assert.equal(done.ETag, '"2"')
  assert.deepEqual(storage.objects.get('/shop/parts/of it#2'), Buffer.alloc(300_000, 2))
  client.destroy()
})

for (const [name, prefix] of pairs) {
  test(`AC-14.1: a presigned URL is good from inside its sandbox, and no longer than it says, with ${name}`, async () => {
    await clientWith(prefix).send(new PutObjectCommand({ Bucket, Key: 'a b+c', Body: 'signed' }))
    const target = presign({ host: s3, target: '/shop/a%20b%2Bc' }, pairOf(prefix))
    const got = await inside.send({ host: s3, target })
    assert.deepEqual([got.status, got.text], [200, 'signed'])
    const old = presign({ host: s3, target: '/shop/a%20b%2Bc' }, pairOf(prefix), {
      at: new Date(Date.now() - 120_000),
      expiresSeconds: 60,
    })
    await refuses({ host: s3, target: old }, 'signature_expired')
  })
}

test('AC-14.1: a service whose clients send no hash of the body is signed over the body', async () => {
  const sending = signed('AWS', { method: 'POST', target: '/', body: 'Action=GetCallerIdentity' }, { service: 's3' })
  assert.ok(!JSON.stringify(sending.headers).includes('content-sha256'))
  const before = storage.faults.length
  assert.equal((await inside.send(sending)).status, 200, storage.faults.slice(before).join('\n'))
  await refuses({ ...sending, body: 'Action=DeleteEverything!' }, 'signature_invalid')
  const long = { method: 'POST', target: '/', body: 'x'.repeat(300_000) }
  await refuses(signed('AWS', long, { service: 's3' }), 'signature_unsupported')
})

test('AC-4.6: two pairs at one host are told apart by their key identifiers', async () => {
  for (const [prefix, { accessKeyId }] of [
    ['AWS', keys],
    ['OTHER', session],
  ] as const) {
    await clientWith(prefix).send(new PutObjectCommand({ Bucket, Key: 'whose', Body: prefix }))
    assert.match(storage.requests.at(-1)!.rawHeaders.join(), new RegExp(`Credential=${accessKeyId}/`))
  }
})

test('what clients sign and the broker writes anew does not break the signature', async () => {
  const headers = { 'content-length': '4', expect: '100-continue', te: 'trailers', 'x-amz-meta-note': ' a   b ' }
  const sending = signed('AWS', { method: 'PUT', target: '/shop/fields', body: 'four', headers }, { service: 's3' })
  const names = /SignedHeaders=([^,]+)/.exec(sending.headers!.find(([name]) => name === 'authorization')![1])![1]
  assert.ok(names!.includes('content-length'))
  const { 'content-length': _, ...sent } = Object.fromEntries(sending.headers!)
  assert.equal((await inside.send({ ...sending, headers: Object.entries(sent) })).status, 200, storage.faults.join())
})

type Plain = Omit<UnsignedRequest, 'host'>

const denials: readonly (readonly [string, string, () => Sending])[] = [
  ['for another service', 'signature_out_of_scope', () => signed('AWS', get, { service: 'iam' })],
  ['for another region', 'signature_out_of_scope', () => signed('AWS', get, { region: 'us-east-1' })],
  ['an hour ago', 'signature_expired', () => signed('AWS', get, { at: new Date(Date.now() - 3_600_000) })],
  ['in an hour', 'signature_expired', () => signed('AWS', get, { at: new Date(Date.now() + 3_600_000) })],
  ['with another key', 'signature_invalid', () => signed('AWS', get, {}, long('Not/mine'))],
  ['with the key of another grant', 'signature_invalid', () => signed('AWS', get, {}, secretOf('OTHER'))],
  [
    'with the real key, by its placeholder’s identifier',
    'signature_invalid',
    () => signed('AWS', get, {}, keys.secretAccessKey),
  ],
  ['and its path changed', 'signature_invalid', () => ({ ...signed('AWS', get), target: '/shop/other' })],
  ['and its query changed', 'signature_invalid', () => ({ ...signed('AWS', get), target: '/shop/x?acl' })],
  ['and its method changed', 'signature_invalid', () => ({ ...signed('AWS', get), method: 'DELETE' })],
  ['and a field changed', 'signature_invalid', () => changed((name, value) => (name === 'x-amz-meta-a' ? '2' : value))],
  [
    'and a field added that must be signed',
    'signature_invalid',
    () => changed((_, value) => value, ['x-amz-acl', 'public-read']),
  ],
  [
    'and a field taken off',
    'signature_invalid',
    () => changed((name, value) => (name === 'x-amz-meta-a' ? undefined : value)),
  ],
  [
    'and nothing but the identifier left',
    'signature_invalid',
    () =>
      changed((name, value) =>
        name === 'authorization'
          ? `AWS4-HMAC-SHA256 Credential=${env('AWS_ACCESS_KEY_ID')}/20260101/x/s3/aws4_request`
          : value,
      ),
  ],
  [
    'in chunks',
    'signature_unsupported',
    () => signed('AWS', { ...get, headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' } }),
  ],
  [
    'with Version 4A',
    'signature_unsupported',
    () =>
      changed((name, value) => (name === 'authorization' ? value.replace('HMAC-SHA256', 'ECDSA-P256-SHA256') : value)),
  ],
  [
    'with Version 2',
    'signature_unsupported',
    () => ({ host: s3, headers: [['authorization', `AWS ${env('AWS_ACCESS_KEY_ID')}:AAAA`]] }),
  ],
  [
    'with a foreign pair',
    'foreign_credential',
    () =>
      changed((name, value) =>
        name === 'authorization' ? value.replace(env('AWS_ACCESS_KEY_ID'), 'AKIAFOREIGNFOREIGN00') : value,
      ),
  ],
  [
    'beside a foreign session token',
    'foreign_credential',
    () => signed('AWS', { ...get, headers: { 'x-amz-security-token': 'a-token-of-another' } }),
  ],
  [
    'and the placeholder itself sent',
    'placeholder_undeclared_place',
    () => signed('AWS', { ...get, headers: { 'x-amz-meta-k': secretOf('AWS') } }),
  ],
  [
    'in two places',
    'placeholder_undeclared_place',
    () => ({ ...signed('AWS', get), target: presign({ host: s3, target: '/shop/x' }, pairOf('AWS')) }),
  ],
]
for (const [how, code, sending] of denials) {
  test(`SEC-12, AC-14.2: a request that is signed ${how} is refused as ${code}, and nothing is dialled`, async () => {
    await refuses(sending(), code)
  })
}

test('AC-14.1: a refusal of what cannot be signed anew says what to set instead', async () => {
  for (const [payload, remedy] of [
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'chunkedEncodingEnabled(false)'],
    ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', 'chunkedEncodingEnabled(false)'],
    ['STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', 'chunkedEncodingEnabled(false)'],
  ]) {
    const { text } = await inside.send(signed('AWS', { ...get, headers: { 'x-amz-content-sha256': payload! } }))
    assert.ok(JSON.parse(text).remedy.includes(remedy), text)
  }
})

test('V5: a pair of keys that was rotated signs the next request, and one that is no pair is refused', async () => {
  const rotated = { name: 'turning', value: JSON.stringify(keys), scopes: [] as Scope[] }
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  rotated.scopes = [{ to: s3, inject: { kind: 'sigv4', services: ['s3'] }, ...reach }]
  await world.client.secrets.create(rotated)
  const other = await world.createSandbox({ secrets: { AWS: 'turning' } })
  const { env: inThere } = other.sandbox.connect
  const pair = { accessKeyId: inThere['AWS_ACCESS_KEY_ID']!, secretAccessKey: inThere['AWS_SECRET_ACCESS_KEY']! }
  const ask = () => other.send({ host: s3, target: get.target, headers: signInField({ host: s3, ...get }, pair) })
  assert.equal((await ask()).status, 404)
  await assert.rejects(world.client.secrets.rotate('turning', 'no-pair-of-keys-at-all'), {
    code: 'secret_unusable',
  })
  await world.client.secrets.rotate('turning', JSON.stringify(session))
  assert.equal((await ask()).status, 404, storage.faults.join())
  assert.match(storage.requests.at(-1)!.rawHeaders.join(), new RegExp(`Credential=${session.accessKeyId}/`))
  await other.end()
})

test('SEC-12: a presigned URL of another sandbox is refused, and an alarm', async () => {
  const other = await world.createSandbox({ secrets: { AWS: 'aws' } })
  const target = presign({ host: s3, target: '/shop/x' }, pairOf('AWS'))
  const { status, code } = await other.send({ host: s3, target })
  assert.deepEqual([status, code], [403, 'placeholder_foreign'])
  assert.equal((await world.events()).at(-1)?.event.kind, 'alarm.raised')
  await other.end()
})

for (const target of ['/shop/../x', '/shop/%2e%2e/x', '/shop//../x', '//shop/x', '/shop/%5Cx']) {
  test(`SEC-12, R-22: ${target} is refused: clients and services differ on what it is`, async () => {
    const { status, code } = await inside.send({ ...signed('AWS', get), target })
    assert.deepEqual([status, code], [400, 'path_ambiguous'])
  })
}

test('S5: a pair of keys that comes with the request is protected together, with its session token', async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = session
  const credentials = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  }
  const other = await world.createSandbox({ credentials })
  assert.deepEqual(Object.keys(other.sandbox.connect.env).sort(), ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
  assert.equal(other.sandbox.grants.length, 1)
  assert.ok(other.sandbox.grants[0]!.to.includes('s3.eu-central-1.amazonaws.com'))
  for (const value of Object.values(credentials)) assert.ok(!JSON.stringify(other.sandbox).includes(value))
  await other.end()
})

test('S3: a pair of keys is attached to a living sandbox, under whichever name is asked for, and detached', async () => {
  const other = await world.createSandbox({})
  const names = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
  for (const asked of ['AWS', ...names]) {
    const { env: attached } = await world.client.sandboxes.attach(other.sandbox.id, asked, { secret: 'aws' })
    assert.deepEqual(Object.keys(attached).sort(), names)
    const headers = signInField(
      { host: s3, ...get },
      { accessKeyId: attached[names[0]!]!, secretAccessKey: attached[names[1]!]! },
    )
    const sending = { host: s3, target: '/shop/none', headers }
    assert.equal((await other.send({ ...sending, target: get.target })).status, 404, storage.faults.join())
    await world.client.sandboxes.detach(other.sandbox.id, asked)
    assert.equal((await other.send({ ...sending, target: get.target })).code, 'grant_ended')
  }
  await other.end()
})

test('two grants that would have one variable are refused', async () => {
  const secrets = { AWS: 'aws', AWS_ACCESS_KEY_ID: 'session' }
  await assert.rejects(world.createSandbox({ secrets }), { code: 'request_invalid' })
})

for (const value of ['only-one-line-of-text-here', '{"accessKeyId":"AKIAREALREALREALREAL"}', '{', 'short\nkeys']) {
  test(`a value that is no pair of keys is refused when it is saved: ${JSON.stringify(value)}`, async () => {
    const scopes = [{ to: s3, inject: { kind: 'sigv4' } }]
    await assert.rejects(world.client.secrets.create({ name: 'bad', value, scopes, weak: true }), {
      code: 'secret_unusable',
    })
  })
}

test('a wrong signature raises an alarm, and no record has a value or a placeholder', async () => {
  await refuses(signed('AWS', get, {}, long('Not/mine')), 'signature_invalid')
  const events = await world.events()
  assert.equal(events.at(-1)?.event.kind, 'alarm.raised')
  const text = JSON.stringify(events)
  for (const secret of [keys.secretAccessKey, session.secretAccessKey, secretOf('AWS'), keys.accessKeyId]) {
    assert.ok(!text.includes(secret))
  }
})

const get: Plain = { method: 'GET', target: '/shop/x', headers: { 'x-amz-meta-a': '1' } }
const env = (name: string): string => inside.sandbox.connect.env[name]!
const pairOf = (prefix: string) => ({
  accessKeyId: env(`${prefix}_ACCESS_KEY_ID`),
  secretAccessKey: env(`${prefix}_SECRET_ACCESS_KEY`),
})
const secretOf = (prefix: string): string => pairOf(prefix).secretAccessKey

/** A request that a client signed by itself. */
function signed(prefix: string, plain: Plain, how: SigningScope = {}, secretAccessKey = secretOf(prefix)): Sending {
  const { method, target, body } = plain
  const headers = signInField({ host: s3, ...plain }, { ...pairOf(prefix), secretAccessKey }, how)
  return { host: s3, target, headers, ...(method && { method }), ...(body && { body }) }
}

function changed(
  change: (name: string, value: string) => string | undefined,
  ...more: readonly (readonly [string, string])[]
): Sending {
  const sending = signed('AWS', get)
  const headers = sending.headers!.flatMap(([name, value]) => {
    const kept = change(name, value)
    return kept === undefined ? [] : [[name, kept] as const]
  })
  return { ...sending, headers: [...headers, ...more] }
}

async function refuses(sending: Sending, code: string): Promise<void> {
  const { dials } = origin
  const received = await inside.send(sending)
  assert.deepEqual([received.status, received.code], [403, code], received.text)
  assert.equal(origin.dials, dials)
}
