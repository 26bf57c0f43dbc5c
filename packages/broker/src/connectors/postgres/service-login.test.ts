import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { ProtocolError } from '../protocol-error.ts'
import { scramKeys } from '../scram/scram-keys.ts'
import { ScramServer } from '../scram/scram-server.ts'
import { MessageReader } from './message-reader.ts'
import { LoginDeclined, logIn } from './service-login.ts'
import { openTransport } from './service-transport.ts'
import { authentication, fatalError, int32, message } from './wire.ts'

const login = { user: 'app', password: 'the-password-of-app' }
const identity = { certificates: '', key: '', notAfter: new Date() }
const ask = (kind: number, ...rest: readonly (string | Buffer)[]): Buffer => message('R', int32(kind), ...rest)
const askScram = (...mechanisms: readonly string[]): Buffer => ask(authentication.sasl, ...mechanisms, Buffer.alloc(1))

/** Two ends of one connection. */
async function pair(context: TestContext): Promise<{ readonly broker: Socket; readonly service: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const broker = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [service] = (await once(server, 'connection')) as [Socket]
  service.on('error', () => {})
  context.after(() => {
    broker.destroy()
    service.destroy()
    server.close()
  })
  return { broker, service }
}

interface Fake {
  /** What the service says next, or how it changes what an honest one would say. */
  readonly begins?: Buffer
  changeFirst?(text: string): string
  changeFinal?(text: string): Buffer
  readonly password?: string
  readonly salt?: Buffer
  readonly endPoint?: Buffer
  readonly floor?: 'password' | 'scram' | 'trust'
  /** What the broker logs in with. */
  readonly as?: Parameters<typeof logIn>[2]
  readonly isSecure?: boolean
}

/** Logs in at a service that is as honest as the fake says. */
async function logInAt(context: TestContext, fake: Fake): Promise<readonly Buffer[]> {
  const { broker, service } = await pair(context)
  const serving = serve(service, fake).catch(() => {})
  const transport = {
    socket: broker,
    isSecure: fake.isSecure === true,
    ...(fake.endPoint && { endPoint: fake.endPoint }),
  }
  try {
    return await logIn(transport, new MessageReader(broker, 10_000), fake.as ?? login, fake.floor ?? 'password')
  } finally {
    broker.destroy()
    await serving
  }
}

async function serve(service: Socket, fake: Fake): Promise<void> {
  const { begins = askScram('SCRAM-SHA-256'), changeFirst = (text: string) => text, changeFinal } = fake
  const reader = new MessageReader(service, 10_000)
  const { salt = randomBytes(16) } = fake
  const keys = await scramKeys(fake.password ?? login.password, salt, 4_096)
  const server = new ScramServer({ ...keys, salt, iterations: 4_096 })
  service.write(begins)
  const { body } = await reader.message()
  const start = body.indexOf(0) + 5
  service.write(
    ask(authentication.saslContinue, Buffer.from(changeFirst(server.first(body.toString('utf8', start)) ?? ''))),
  )
  const answer = await reader.message()
  const final = server.final(answer.body.toString()) ?? 'v=AAAA'
  service.write(changeFinal?.(final) ?? ask(authentication.saslFinal, Buffer.from(final)))
  service.write(ask(authentication.ok))
}

test('an honest service lets the broker in', async (context) => {
  assert.deepEqual(await logInAt(context, {}), [])
})

test('W3: a service that was shown a certificate in TLS may ask for nothing more', async (context) => {
  const as = { user: 'app', password: '', identity }
  const begins = ask(authentication.ok)
  assert.deepEqual(await logInAt(context, { begins, as, isSecure: true }), [])
  const refused: readonly Fake[] = [
    { begins, as },
    { begins, as, isSecure: true, floor: 'scram' },
    { begins, as: { ...login, identity }, isSecure: true },
    { begins, as: { user: 'app', password: '' }, isSecure: true },
    { begins: ask(authentication.cleartext), as, isSecure: true },
    { as, isSecure: true },
  ]
  for (const fake of refused) await assert.rejects(logInAt(context, fake), ProtocolError)
})

test('keys for SCRAM log in where the password would, and by nothing else', async (context) => {
  const salt = randomBytes(16)
  const { clientKey, serverKey } = await scramKeys(login.password, salt, 4_096)
  const as = { user: 'app', password: '', scramKeys: { clientKey, serverKey } }
  assert.deepEqual(await logInAt(context, { as, salt, floor: 'scram' }), [])
  const refused: readonly Fake[] = [
    { as, salt: randomBytes(16) },
    { as, begins: ask(authentication.cleartext), isSecure: true },
    { as, begins: ask(authentication.md5, Buffer.alloc(4)) },
    { as, begins: ask(authentication.ok), isSecure: true },
  ]
  for (const fake of refused) await assert.rejects(logInAt(context, fake), ProtocolError)
})

const frauds: readonly (readonly [string, Fake])[] = [
  ['done before anything was asked', { begins: ask(authentication.ok) }],
  ['done before the proof', { changeFinal: () => ask(authentication.ok) }],
  [
    'a wrong signature',
    { changeFinal: () => ask(authentication.saslFinal, Buffer.from(`v=${Buffer.alloc(32).toString('base64')}`)) },
  ],
  ['a service that does not know the password', { password: 'another' }],
  ['a nonce of its own', { changeFirst: (text) => text.replace(/r=[^,]+/, 'r=AAAA') }],
  ['our nonce and no more', { changeFirst: (text) => text.replace(/r=(.{32})[^,]*/, 'r=$1') }],
  ['no rounds', { changeFirst: (text) => text.replace(/i=\d+/, 'i=0') }],
  ['a thousand million rounds', { changeFirst: (text) => text.replace(/i=\d+/, 'i=1000000000') }],
  ['an extension', { changeFirst: (text) => `m=x,${text}` }],
  ['the password in clear text', { begins: ask(authentication.cleartext) }],
  ['MD5 where the scope wants SCRAM', { begins: ask(authentication.md5, Buffer.alloc(4)), floor: 'scram' }],
  ['an unknown mechanism', { begins: askScram('SCRAM-SHA-512') }],
  ['Kerberos', { begins: ask(7) }],
  ['no login at all', { begins: message('Z', Buffer.from('I')) }],
  ['a message of 100 MB', { begins: Buffer.from('5205f5e100', 'hex') }],
]

for (const [what, fake] of frauds) {
  test(`PG-07: refused: ${what}`, async (context) => {
    await assert.rejects(logInAt(context, fake), ProtocolError)
  })
}

test('PG-08: a service whose better offer was cut out is told that there could have been one', async (context) => {
  let flag = ''
  const changeFirst = (text: string): string => {
    flag = text
    return text
  }
  await logInAt(context, { endPoint: Buffer.alloc(32), changeFirst })
  assert.notEqual(flag, '')
  const { broker, service } = await pair(context)
  const reader = new MessageReader(service, 10_000)
  service.write(askScram('SCRAM-SHA-256'))
  const transport = { socket: broker, isSecure: true, endPoint: Buffer.alloc(32) }
  const trying = logIn(transport, new MessageReader(broker, 10_000), login, 'password')
  const { body } = await reader.message()
  assert.match(body.toString('latin1'), /^SCRAM-SHA-256\0....y,,n=,r=/s)
  service.destroy()
  await assert.rejects(trying, ProtocolError)
})

test('CO-03: what a service says when it declines is kept, but for its code', async (context) => {
  const declined = fatalError('28P01', 'password authentication failed for user "app"')
  await assert.rejects(logInAt(context, { begins: declined }), (error) => {
    assert.ok(error instanceof LoginDeclined)
    assert.ok(!JSON.stringify([error.message, error.sqlState]).includes('app'))
    return error.sqlState === '28P01'
  })
})

for (const answer of ['Sjunk', 'N', 'E']) {
  test(`CO-06: ${answer} in answer to the wish for TLS ends the connection`, async (context) => {
    const { broker, service } = await pair(context)
    service.once('data', () => service.write(answer))
    const opening = openTransport(broker, 'verify', { host: 'db.test', roots: '' }, new AbortController().signal)
    await assert.rejects(opening, ProtocolError)
  })
}
