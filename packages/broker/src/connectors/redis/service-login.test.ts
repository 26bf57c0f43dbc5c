import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { ProtocolError } from '../protocol-error.ts'
import { RefusedSession } from '../refused-session.ts'
import { request } from './request.ts'
import { type LoggedIn, LoginDeclined, logIn } from './service-login.ts'

/** What a server that is no node of a cluster says to `READWRITE`. */
const alone = '-ERR This instance has cluster support disabled\r\n'
const login = { user: 'app', password: 'secret', database: 2, host: null, port: null, asksForTls: false }

/** What a login to a service that answers these pieces says of it. */
async function logInAs(pieces: readonly string[]): Promise<LoggedIn> {
  let logged: LoggedIn | undefined
  await logInTo(pieces, 2, login, (said) => (logged = said))
  return logged!
}

/** Logs in to a service that answers these pieces, and gives what it heard. */
async function logInTo(
  pieces: readonly string[],
  database: number | null = 2,
  as: Pick<typeof login, 'password'> & { readonly user: string | null } = login,
  learnt: (said: LoggedIn) => void = () => {},
): Promise<string> {
  let heard = ''
  const server = createServer((socket: Socket) => {
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      if (heard === '') {
        for (const piece of pieces) socket.write(piece)
        if (pieces.length === 0) socket.destroy()
      }
      heard += chunk.toString()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.on('error', () => {})
  try {
    await once(socket, 'connect')
    socket.setNoDelay(true)
    learnt(await logIn(socket, { ...as, database }))
    return heard
  } finally {
    socket.destroy()
    server.close()
  }
}

test('a login names the user, and goes to its database', async () => {
  const whole = Buffer.concat([
    request('auth', 'app', 'secret'),
    request('select', '2'),
    request('readwrite'),
  ]).toString()
  assert.ok(whole.startsWith(await logInTo([`+OK\r\n+OK\r\n${alone}`])))
  assert.ok(whole.startsWith(await logInTo(['+', 'OK\r', '\n+OK', '\r\n', alone])))
})

test('W3: who has a certificate and no password asks whether that is enough', async () => {
  const as = { user: null, password: '' }
  const whole = Buffer.concat([request('ping'), request('select', '2'), request('readwrite')]).toString()
  assert.ok(whole.startsWith(await logInTo([`+PONG\r\n+OK\r\n${alone}`], 2, as)))
  const asked = Buffer.concat([request('ping'), request('readwrite')]).toString()
  assert.ok(asked.startsWith(await logInTo([`+PONG\r\n${alone}`], null, as)))
  await assert.rejects(
    logInTo(['-NOAUTH Authentication required.\r\n'], null, as),
    (error) => error instanceof LoginDeclined && error.isForPassword,
  )
  await assert.rejects(logInTo(['+OK\r\n'], null, as), LoginDeclined)
})

const declined: readonly (readonly [string, boolean])[] = [
  ['-WRONGPASS invalid username-password pair or user is disabled.\r\n', true],
  ['-ERR invalid password\r\n', true],
  ['-LOADING Redis is loading the dataset in memory\r\n', false],
  ['-DENIED Redis is running in protected mode\r\n', false],
  ['+OK\r\n-ERR DB index is out of range\r\n', false],
  ['+OK but not quite\r\n', false],
]

for (const [answer, isForPassword] of declined) {
  test(`CO-10: whether ${JSON.stringify(answer)} is about the password: ${isForPassword}`, async () => {
    await assert.rejects(
      logInTo([answer]),
      (error) => error instanceof LoginDeclined && error.isForPassword === isForPassword,
    )
  })
}

const malformed: readonly (readonly [string, readonly string[]])[] = [
  ['answers that nobody asked for', [`+OK\r\n+OK\r\n${alone}+OK\r\n`]],
  ['a value for an answer', ['$2\r\nOK\r\n']],
  ['another protocol', ['HTTP/1.1 400 Bad Request\r\n\r\n']],
  ['a line without an end', ['+', 'x'.repeat(5_000)]],
  ['nothing, and is gone', []],
]

for (const [what, pieces] of malformed) {
  test(`CO-06: a service that says ${what} is refused`, async () => {
    await assert.rejects(logInTo(pieces), ProtocolError)
  })
}

const kinds: readonly (readonly [string, readonly string[], boolean | undefined])[] = [
  ['a server that is alone', [alone], true],
  ['a node of a cluster', ['+OK\r\n'], false],
  ['a server that does not let its user ask', ['-NOPERM this user has no permissions\r\n'], false],
  [
    'a server that knows neither question',
    ["-ERR unknown command 'readwrite'\r\n-ERR unknown command 'sentinel'\r\n"],
    false,
  ],
  ['a Sentinel', ["-ERR unknown command 'readwrite'\r\n-ERR Unknown sentinel subcommand\r\n"], undefined],
  ['a Sentinel that lets its user ask nothing', ["-ERR unknown command 'readwrite'\r\n-NOPERM no\r\n"], undefined],
]

for (const [what, answers, isAlone] of kinds) {
  test(`${what} is known for that`, async () => {
    const logged = logInAs([`+OK\r\n+OK\r\n${answers.join('')}`])
    if (isAlone === undefined) await assert.rejects(logged, RefusedSession)
    else assert.deepEqual(await logged, { isAlone })
  })
}
