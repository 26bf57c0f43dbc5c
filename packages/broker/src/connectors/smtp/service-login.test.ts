import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { ProtocolError } from '../protocol-error.ts'
import { scramKeys } from '../scram/scram-keys.ts'
import { ScramServer } from '../scram/scram-server.ts'
import { LineReader } from './line-reader.ts'
import { LoginDeclined, openService, type TransportWay } from './mail-service.ts'
import { logIn } from './service-login.ts'

const login = { user: 'app', password: 'the-password-of-app' }
const place = { host: 'mail.service.test', roots: '' }

/** What a service says; it may depend on what it has just heard. */
type Answer = string | ((heard: string) => string | Promise<string>)

/** A service that says its lines, each as an answer to the one before, and keeps what it hears. */
async function serve(
  context: TestContext,
  answers: readonly Answer[],
): Promise<{ readonly broker: Socket; readonly heard: string[] }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const broker = connect((server.address() as AddressInfo).port, '127.0.0.1')
  broker.on('error', () => {})
  const [service] = (await once(server, 'connection')) as [Socket]
  service.on('error', () => {})
  const heard: string[] = []
  const talk = async (): Promise<void> => {
    const reader = new LineReader(service, 20_000)
    for (const [index, answer] of answers.entries()) {
      if (index > 0) heard.push(await reader.line())
      service.write(typeof answer === 'string' ? answer : await answer(heard.at(-1) ?? ''))
    }
    for (;;) heard.push(await reader.line())
  }
  talk().catch(() => {})
  context.after(() => {
    broker.destroy()
    service.destroy()
    server.close()
  })
  return { broker, heard }
}

/** Logs in to such a service. */
async function tryLogin(
  context: TestContext,
  answers: readonly Answer[],
  {
    tls = 'off',
    isSecure,
    kind = 'password',
    as = login,
  }: {
    tls?: TransportWay
    isSecure?: boolean
    kind?: 'password' | 'scram' | 'token'
    as?: Parameters<typeof logIn>[2]
  } = {},
): Promise<readonly string[]> {
  const { broker, heard } = await serve(context, answers)
  const service = await openService(broker, tls, place, AbortSignal.timeout(5_000), () => {})
  await logIn(service, isSecure ?? service.isSecure, as, kind)
  return heard
}

const greeting = '220 mail ESMTP\r\n'
const hello = (...lines: readonly string[]): string =>
  ['mail', ...lines].map((line, index, all) => `250${index === all.length - 1 ? ' ' : '-'}${line}\r\n`).join('')
const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('SM-03: a service without STARTTLS is not logged in to', async (context) => {
  const { broker, heard } = await serve(context, [greeting, hello('AUTH PLAIN CRAM-MD5')])
  await assert.rejects(
    openService(broker, 'starttls', place, AbortSignal.timeout(5_000), () => {}),
    ProtocolError,
  )
  assert.deepEqual(heard, ['EHLO [127.0.0.1]'])
})

test('SM-03, CO-06: a reply behind that to STARTTLS ends the connection', async (context) => {
  const injected = '220 ready\r\n250 AUTH PLAIN\r\n'
  const { broker, heard } = await serve(context, [greeting, hello('STARTTLS'), injected])
  await assert.rejects(
    openService(broker, 'starttls', place, AbortSignal.timeout(5_000), () => {}),
    /surplus/,
  )
  assert.deepEqual(heard, ['EHLO [127.0.0.1]', 'STARTTLS'])
})

test('CO-06: a reply that was there before its question ends the connection', async (context) => {
  await assert.rejects(tryLogin(context, [`${greeting}${hello('AUTH CRAM-MD5')}`]), /surplus/)
  await assert.rejects(
    tryLogin(context, [greeting, `${hello('STARTTLS')}220 ready\r\n`], { tls: 'starttls' }),
    /surplus/,
  )
})

test('SM-04: replies of 4yz and 5yz to AUTH are told apart from what breaks the protocol', async (context) => {
  for (const code of [454, 535]) {
    const answers = [greeting, hello('AUTH PLAIN'), `${code} no, app@${place.host}\r\n`]
    await assert.rejects(
      tryLogin(context, answers, { isSecure: true }),
      (error: unknown) => error instanceof LoginDeclined && error.replyCode === code && error.message === 'declined',
    )
  }
  for (const answer of ['250 ok\r\n', '235 ok\n', 'what\r\n', '235-a\r\n236 b\r\n', '999 x\r\n', '235 a\0\r\n']) {
    const answers = [greeting, hello('AUTH PLAIN'), answer]
    await assert.rejects(tryLogin(context, answers, { isSecure: true }), ProtocolError, JSON.stringify(answer))
  }
})

test('without TLS neither a password nor a token is shown', async (context) => {
  for (const kind of ['password', 'token'] as const) {
    const { broker, heard } = await serve(context, [greeting, hello('AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER')])
    const service = await openService(broker, 'offered', place, AbortSignal.timeout(5_000), () => {})
    await assert.rejects(logIn(service, service.isSecure, login, kind), /mechanism/)
    assert.deepEqual(heard, ['EHLO [127.0.0.1]'])
  }
})

test('a login by CRAM-MD5 shows that the password is known', async (context) => {
  const challenge = `<${randomBytes(8).toString('hex')}@mail>`
  const answers = [greeting, hello('AUTH PLAIN CRAM-MD5'), `334 ${base64(challenge)}\r\n`, '235 ok\r\n']
  const heard = await tryLogin(context, answers)
  const proof = createHmac('md5', login.password).update(challenge).digest('hex')
  assert.deepEqual(heard.slice(1), ['AUTH CRAM-MD5', base64(`app ${proof}`)])
})

test('logins by PLAIN and LOGIN, in the order in which they are liked', async (context) => {
  const plain = await tryLogin(context, [greeting, hello('AUTH LOGIN PLAIN CRAM-MD5'), '235 ok\r\n'], {
    isSecure: true,
  })
  assert.equal(plain[1], `AUTH PLAIN ${base64(`\0app\0${login.password}`)}`)
  const answers = [greeting, hello('AUTH=LOGIN'), '334 VXNlcm5hbWU6\r\n', '334 UGFzc3dvcmQ6\r\n', '235 ok\r\n']
  const asked = await tryLogin(context, answers, { isSecure: true })
  assert.deepEqual(asked.slice(1), ['AUTH LOGIN', base64('app'), base64(login.password)])
})

test('logins with a token, and the answer to the challenge that says what is wrong with it', async (context) => {
  const options = { isSecure: true, kind: 'token' } as const
  const x = await tryLogin(context, [greeting, hello('AUTH PLAIN XOAUTH2'), '235 ok\r\n'], options)
  assert.equal(x[1], `AUTH XOAUTH2 ${base64(`user=app\x01auth=Bearer ${login.password}\x01\x01`)}`)
  const bearer = await tryLogin(context, [greeting, hello('AUTH OAUTHBEARER'), '235 ok\r\n'], options)
  assert.equal(bearer[1], `AUTH OAUTHBEARER ${base64(`n,a=app,\x01auth=Bearer ${login.password}\x01\x01`)}`)
  for (const [mechanism, last] of [
    ['XOAUTH2', ''],
    ['OAUTHBEARER', 'AQ=='],
  ] as const) {
    const answers = [greeting, hello(`AUTH ${mechanism}`), `334 ${base64('{"status":"401"}')}\r\n`, '535 no\r\n']
    const { broker, heard } = await serve(context, answers)
    const service = await openService(broker, 'off', place, AbortSignal.timeout(5_000), () => {})
    await assert.rejects(logIn(service, true, login, 'token'), LoginDeclined)
    assert.equal(heard.at(-1), last)
  }
})

/** What a service says that knows a password by SCRAM; the last three are its challenges and its word. */
async function scramService(mechanism: string, password = login.password): Promise<readonly Answer[]> {
  const hash = mechanism === 'SCRAM-SHA-1' ? 'sha1' : 'sha256'
  const salt = randomBytes(16)
  const server = new ScramServer({ ...(await scramKeys(password, salt, 4_096, hash)), salt, iterations: 4_096 })
  const text = (line: string): string => Buffer.from(line, 'base64').toString()
  const begun = (line: string): string => `334 ${base64(server.first(text(line.split(' ')[2]!)) ?? '')}\r\n`
  const proven = (line: string): string => {
    const final = server.final(text(line))
    return final === undefined ? '535 no\r\n' : `334 ${base64(final)}\r\n`
  }
  return [greeting, hello(`AUTH ${mechanism}`), begun, proven, '235 ok\r\n']
}

for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-1']) {
  test(`a login by ${mechanism}, in clear text too`, async (context) => {
    const heard = await tryLogin(context, await scramService(mechanism))
    assert.match(heard[1]!, new RegExp(`^AUTH ${mechanism} `))
    assert.equal(heard.at(-1), '')
    assert.ok(!heard.some((line) => Buffer.from(line, 'base64').includes(login.password)))
  })
}

test('by which mechanism a password is shown, where several are offered', async (context) => {
  const all = 'AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256'
  const shown = async (options: Parameters<typeof tryLogin>[2]): Promise<string> => {
    const { broker, heard } = await serve(context, [greeting, hello(all), '535 no\r\n'])
    const service = await openService(broker, 'off', place, AbortSignal.timeout(5_000), () => {})
    await assert.rejects(logIn(service, options?.isSecure === true, login, options?.kind ?? 'password'), LoginDeclined)
    return heard[1]!.split(' ')[1]!
  }
  assert.equal(await shown({ isSecure: true }), 'PLAIN')
  assert.equal(await shown({ isSecure: false }), 'SCRAM-SHA-256')
  assert.equal(await shown({ isSecure: true, kind: 'scram' }), 'SCRAM-SHA-256')
})

test('a scope that demands SCRAM has no password shown by anything else', async (context) => {
  const { broker, heard } = await serve(context, [greeting, hello('AUTH PLAIN LOGIN CRAM-MD5')])
  const service = await openService(broker, 'off', place, AbortSignal.timeout(5_000), () => {})
  await assert.rejects(logIn(service, true, login, 'scram'), /mechanism/)
  assert.deepEqual(heard, ['EHLO [127.0.0.1]'])
})

const frauds: readonly (readonly [string, (honest: readonly Answer[]) => readonly Answer[]])[] = [
  ['done before the proof', ([first, second, begun]) => [first!, second!, begun!, '235 ok\r\n']],
  ['done before anything was asked', ([first, second]) => [first!, second!, '235 ok\r\n']],
  ['a proof of nothing', ([first, second, begun]) => [first!, second!, begun!, `334 ${base64('v=AAAA')}\r\n`]],
  [
    'few rounds',
    ([first, second]) => [first!, second!, (line) => `334 ${base64(`${line.slice(-9)},s=AAAA,i=4095`)}\r\n`],
  ],
]
for (const [what, change] of frauds) {
  test(`a service that is no party to the password is refused: ${what}`, async (context) => {
    await assert.rejects(tryLogin(context, change(await scramService('SCRAM-SHA-256'))), ProtocolError)
  })
}

test('CO-10: a password that is another one by now is declined for good', async (context) => {
  await assert.rejects(
    tryLogin(context, await scramService('SCRAM-SHA-256', 'another')),
    (error: unknown) => error instanceof LoginDeclined && error.isFinal,
  )
})

test('a certificate alone is shown by EXTERNAL, with the name that was written down, or none', async (context) => {
  const identity = { certificates: '', key: '', notAfter: new Date() }
  const answers = [greeting, hello('AUTH PLAIN EXTERNAL'), '235 ok\r\n']
  for (const [user, said] of [
    ['', '='],
    ['app', base64('app')],
  ] as const) {
    const heard = await tryLogin(context, answers, { isSecure: true, as: { user, password: '', identity } })
    assert.equal(heard[1], `AUTH EXTERNAL ${said}`)
  }
  const beside = await tryLogin(context, answers, { isSecure: true, as: { ...login, identity } })
  assert.match(beside[1]!, /^AUTH PLAIN /)
  for (const offered of ['AUTH PLAIN', 'AUTH EXTERNAL']) {
    const isSecure = offered === 'AUTH PLAIN'
    const as = { user: '', password: '', identity }
    await assert.rejects(tryLogin(context, [greeting, hello(offered)], { isSecure, as }), /mechanism/)
  }
})

test('a service that talks without end, or in lines without end, is not listened to', async (context) => {
  const endless = `250-${'x'.repeat(90)}\r\n`.repeat(500)
  await assert.rejects(tryLogin(context, [greeting, endless]), ProtocolError)
  await assert.rejects(tryLogin(context, [`220 ${'x'.repeat(20_000)}`]), ProtocolError)
  await assert.rejects(tryLogin(context, ['554 go away\r\n']), LoginDeclined)
})
