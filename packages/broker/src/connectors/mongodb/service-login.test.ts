import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Binary, type Document } from 'bson'
import type { MongodbLogin } from '../../injection/mongodb-login.ts'
import { ProtocolError } from '../protocol-error.ts'
import { type ScramHash, scramKeys } from '../scram/scram-keys.ts'
import { ScramServer } from '../scram/scram-server.ts'
import { readCommand } from './client-command.ts'
import { textOf } from './client-login.ts'
import { documentOf } from './hello-answer.ts'
import { MessageReader } from './message-reader.ts'
import { legacyPassword } from './placeholder-check.ts'
import { LoginDeclined, logIn } from './service-login.ts'
import { answer } from './wire.ts'

const login: MongodbLogin = {
  user: 'app',
  password: 'the-password-of-app',
  authSource: 'admin',
  database: null,
  members: [],
  mechanism: null,
  asksForTls: false,
}

interface Fake {
  readonly password?: string
  readonly mechanisms?: readonly string[]
  /** It takes no login beside hello. */
  readonly isSlow?: boolean
  readonly iterations?: number
  /** How what an honest one would say is changed. */
  forge?(said: Document, asked: Document): Document
}

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

async function logInAt(
  context: TestContext,
  fake: Fake,
  how: Partial<MongodbLogin> = {},
  floor: 'scram' | 'scram-sha-256' = 'scram',
) {
  const { broker, service } = await pair(context)
  const heard: string[] = []
  const serving = serve(service, fake, heard).catch(() => {})
  try {
    await logIn({ socket: broker, reader: new MessageReader(broker, 10_000) }, { ...login, ...how }, undefined, floor)
    return heard
  } finally {
    broker.destroy()
    await serving
  }
}

/** A service that is as honest as the fake says. */
async function serve(service: Socket, fake: Fake, heard: string[]): Promise<void> {
  const { password = login.password, mechanisms = ['SCRAM-SHA-256', 'SCRAM-SHA-1'], forge, iterations = 4_096 } = fake
  const reader = new MessageReader(service, 10_000)
  let server: ScramServer | undefined
  const begin = async (asked: Document): Promise<Document> => {
    if (!mechanisms.includes(asked['mechanism'])) return { ok: 0, code: 18, errmsg: 'no such user app' }
    const isOld = asked['mechanism'] === 'SCRAM-SHA-1'
    heard.push(asked['mechanism'])
    const salt = randomBytes(16)
    const hash: ScramHash = isOld ? 'sha1' : 'sha256'
    const keys = await scramKeys(isOld ? legacyPassword('app', password) : password, salt, iterations, hash)
    server = new ScramServer({ ...keys, salt, iterations })
    const first = server.first(textOf(asked['payload'])!)!
    return { ok: 1, conversationId: 1, done: false, payload: new Binary(Buffer.from(first)) }
  }
  for (;;) {
    const command = readCommand(await reader.message())!
    const asked = documentOf(command)
    let said: Document
    if (command.name === 'hello') {
      const ahead = fake.isSlow === true ? undefined : await begin(asked['speculativeAuthenticate'] ?? {})
      said = {
        ok: 1,
        saslSupportedMechs: mechanisms,
        ...(ahead?.['ok'] === 1 ? { speculativeAuthenticate: ahead } : {}),
      }
    } else if (command.name === 'authenticate') {
      heard.push(`${asked['mechanism']} ${asked['$db']} ${asked['user']}`)
      said = fake.mechanisms?.includes('MONGODB-X509') === false ? { ok: 0, code: 18 } : { ok: 1 }
    } else if (command.name === 'saslStart') said = await begin(asked)
    else {
      const text = textOf(asked['payload'])!
      const final = text === '' ? '' : server?.final(text)
      said =
        final === undefined
          ? { ok: 0, code: 18, errmsg: 'Authentication failed for app' }
          : { ok: 1, conversationId: 1, done: final === '', payload: new Binary(Buffer.from(final)) }
    }
    service.write(answer(command, forge?.(said, asked) ?? said))
  }
}

const honest: readonly (readonly [string, Fake, Partial<MongodbLogin>, readonly string[]])[] = [
  ['a login beside hello', {}, {}, ['SCRAM-SHA-256']],
  ['a login after hello', { isSlow: true }, {}, ['SCRAM-SHA-256']],
  ['SHA-1 where the user has nothing else', { mechanisms: ['SCRAM-SHA-1'] }, {}, ['SCRAM-SHA-1']],
  ['SHA-1 where the URL says so', {}, { mechanism: 'SCRAM-SHA-1' }, ['SCRAM-SHA-1']],
  [
    'a name and a password with signs',
    { password: 'a,b=c\u2168' },
    { password: 'a,b=c\u2168'.normalize('NFKC'), user: 'app' },
    ['SCRAM-SHA-256'],
  ],
]

for (const [what, fake, how, used] of honest) {
  test(`MG-03: an honest service lets the broker in: ${what}`, async (context) => {
    const isPrepared = fake.password !== undefined
    assert.deepEqual((await logInAt(context, isPrepared ? { password: how.password! } : fake, how)).at(-1), used[0])
  })
}

const payloadOf = (said: Document, change: (text: string) => string): Document =>
  said['payload'] instanceof Binary
    ? { ...said, payload: new Binary(Buffer.from(change(textOf(said['payload'])!))) }
    : said
const slow = (forge: Fake['forge']): Fake => ({ isSlow: true, ...(forge && { forge }) })

const frauds: readonly (readonly [string, Fake])[] = [
  ['done before the proof', slow((said, asked) => ('saslStart' in asked ? { ...said, done: true } : said))],
  [
    'a wrong proof',
    slow((said, asked) =>
      'saslContinue' in asked ? payloadOf(said, () => `v=${Buffer.alloc(32).toString('base64')}`) : said,
    ),
  ],
  ['no proof', slow((said, asked) => ('saslContinue' in asked ? { ok: 1, done: true } : said))],
  ['a nonce of its own', slow((said) => payloadOf(said, (text) => text.replace(/r=[^,]+/, 'r=AAAA')))],
  ['our nonce and no more', slow((said) => payloadOf(said, (text) => text.replace(/r=(.{32})[^,]*/, 'r=$1')))],
  ['few rounds', { iterations: 4_095 }],
  ['a thousand million rounds', slow((said) => payloadOf(said, (text) => text.replace(/i=\d+/, 'i=1000000000')))],
  ['an extension', slow((said) => payloadOf(said, (text) => (text.startsWith('r=') ? `m=x,${text}` : text)))],
  ['hello that failed', slow((said, asked) => ('hello' in asked ? { ok: 0 } : said))],
]

for (const [what, fake] of frauds) {
  test(`refused, as no one who knows the password: ${what}`, async (context) => {
    await assert.rejects(logInAt(context, fake), ProtocolError)
  })
}

test('CO-03: a service that declines has only its code repeated', async (context) => {
  await assert.rejects(logInAt(context, { password: 'another' }), (error) => {
    assert.ok(error instanceof LoginDeclined)
    assert.ok(!JSON.stringify([error.message, error.errorCode]).includes('app'))
    return error.errorCode === 18
  })
})

test('a service with SHA-1 alone is refused where the scope demands more', async (context) => {
  await assert.rejects(logInAt(context, { mechanisms: ['SCRAM-SHA-1'] }, {}, 'scram-sha-256'), ProtocolError)
  await assert.rejects(logInAt(context, {}, { mechanism: 'SCRAM-SHA-1' }, 'scram-sha-256'), ProtocolError)
})

test('W3: a certificate is a login to the database of those whom others know', async (context) => {
  const certified = { password: '', authSource: '$external', mechanism: 'MONGODB-X509' } as const
  assert.deepEqual(await logInAt(context, {}, { ...certified, user: '' }), ['MONGODB-X509 $external undefined'])
  assert.deepEqual(await logInAt(context, {}, { ...certified, user: 'CN=app' }), ['MONGODB-X509 $external CN=app'])
  await assert.rejects(logInAt(context, { mechanisms: [] }, certified), LoginDeclined)
  await assert.rejects(logInAt(context, {}, certified, 'scram-sha-256'), ProtocolError)
})

for (const bytes of ['00e1f505', '0f000000', 'ffffffff']) {
  test(`a service whose message has the length ${bytes} is refused`, async (context) => {
    const { broker, service } = await pair(context)
    service.write(Buffer.concat([Buffer.from(bytes, 'hex'), Buffer.alloc(30)]))
    const reader = new MessageReader(broker, 10_000)
    await assert.rejects(logIn({ socket: broker, reader }, login, undefined, 'scram'), ProtocolError)
  })
}
