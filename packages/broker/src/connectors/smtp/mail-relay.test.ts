import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import type { Amounts } from '../../caps/amounts.ts'
import { LineReader } from './line-reader.ts'
import { failureOf } from './login-failure.ts'
import { MailRelay } from './mail-relay.ts'
import { written } from './reply.ts'
import { scopeOptions } from './scope-options.ts'

/** Two ends of one connection. */
async function pair(context: TestContext): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const one = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [other] = (await once(server, 'connection')) as [Socket]
  for (const each of [one, other]) each.on('error', () => {})
  context.after(() => {
    one.destroy()
    other.destroy()
    server.close()
  })
  return [one, other]
}

interface Played {
  /** What the client heard. */
  readonly heard: string
  /** What the service heard, by lines. */
  readonly asked: readonly string[]
  /** What became of each hold. */
  readonly settled: readonly Amounts[]
  readonly refused: readonly string[]
}

/** Plays what a client says to a service that gives these answers, each to one line, and hangs up at null. */
async function play(
  context: TestContext,
  said: string,
  answers: readonly (string | null)[],
  inject: Omit<InjectorSpec, 'kind'> = {},
): Promise<Played> {
  const [client, clientEnd] = await pair(context)
  const [service, serviceEnd] = await pair(context)
  const asked: string[] = []
  const settled: Amounts[] = []
  const refused: string[] = []
  const answer = async (): Promise<void> => {
    const lines = new LineReader(serviceEnd, 10_000)
    for (const each of answers) {
      asked.push(await lines.line())
      if (each === null) serviceEnd.destroy()
      else serviceEnd.write(each)
    }
    for (;;) asked.push(await lines.line())
  }
  answer().catch(() => {})
  let heard = ''
  clientEnd.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
  clientEnd.write(said, 'latin1')
  const relay = new MailRelay({
    client,
    reader: new LineReader(client, 1_000),
    service: { socket: service, reader: new LineReader(service, 1_000), extensions: new Map([['SIZE', '']]) },
    scope: scopeOptions({ inject: { kind: 'smtp', ...inject } }),
    session: {
      reserve: async () => ({ settle: (actual) => void settled.push(actual) }),
      refused: (_code, note) => void refused.push(note),
    },
  })
  await relay.run().catch((error: unknown) => client.end(written(failureOf(error, 'session').reply)))
  await once(clientEnd, 'end')
  service.destroy()
  return { heard, asked, settled, refused }
}

const envelope = 'MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n'
const mail = 'From: a@b.example\r\n\r\nHello.\r\n.\r\n'
const codes = (heard: string): readonly number[] =>
  heard
    .split('\r\n')
    .filter((line) => /^\d{3} /.test(line))
    .map((line) => Number(line.slice(0, 3)))

test('replies pass without what could not be printed, and at a bearable length', async (context) => {
  const { heard } = await play(context, 'MAIL FROM:<a@b.example>\r\nQUIT\r\n', [
    `550-no \x9b31mü\r\n550 ${'x'.repeat(900)}\r\n`,
  ])
  assert.match(heard, /^550-no \?+31m\?+\r\n550 x{506}\r\n221 /)
})

for (const [what, answers] of [
  ['says more than it was asked', ['250 ok\r\n250 ok\r\n', '250 ok\r\n']],
  ['hangs up', [null]],
  ['says what is no reply', ['hello\r\n']],
  ['uses control characters', ['250 \x1b[31mok\r\n']],
  ['ends lines in another way', ['250 ok\n']],
  ['takes DATA for something else', ['250 ok\r\n', '250 ok\r\n', '250 ok\r\n']],
] as const) {
  test(`the session ends when the service ${what}`, async (context) => {
    const { heard } = await play(context, `${envelope}${mail}`, answers)
    assert.match(heard, /421 4\.3\.2 coatcheck: the service (?:did not speak as|cannot be reached)/)
  })
}

test('a 421 of the service is the last that the client hears', async (context) => {
  const { heard } = await play(context, envelope, ['250 ok\r\n', '421 4.3.2 shutting down\r\n'])
  assert.deepEqual(codes(heard), [250, 421])
})

test('a mail that the service does not want is read to its end where its header was looked at', async (context) => {
  const answers = ['250 ok\r\n', '250 ok\r\n', '451 later\r\n', '250 ok\r\n']
  const inject = { senders: ['a@b.example'] }
  const { heard, asked, settled } = await play(context, `${envelope}${mail}RSET\r\nQUIT\r\n`, answers, inject)
  assert.deepEqual(codes(heard), [250, 250, 354, 451, 250, 221])
  assert.ok(!asked.includes('Hello.'))
  assert.deepEqual(settled, [{ requests: 0, emails: 0, bytes: 0, usd: 0, tokens: 0, errors: 0 }])
})

test('a mail of another sender never begins, and its hold is given back', async (context) => {
  const inject = { senders: ['other@b.example', '@b.example'] }
  const said = `${envelope}From: x@evil.example\r\n\r\nHello.\r\n.\r\nQUIT\r\n`
  const { heard, asked, refused, settled } = await play(
    context,
    said,
    ['250 ok\r\n', '250 ok\r\n', '250 ok\r\n'],
    inject,
  )
  assert.deepEqual(codes(heard), [250, 250, 354, 550, 221])
  assert.deepEqual(asked.slice(0, 3), ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'RSET'])
  assert.deepEqual([refused, settled[0]?.requests], [['From'], 0])
})

test('what a mail came to: as it was held while nobody knows, and nothing for those that were not taken', async (context) => {
  const upToData = ['250 ok\r\n', '250 ok\r\n', '354 go\r\n', '', '', '']
  const ends: readonly (readonly [string | null, Amounts])[] = [
    ['250 ok\r\n', { bytes: mail.length, errors: 0 }],
    ['550 no\r\n', { bytes: mail.length, errors: 0, emails: 0 }],
    ['451 later\r\n', { bytes: mail.length, errors: 1, emails: 0 }],
    [null, { bytes: mail.length, errors: 1 }],
  ]
  for (const [end, expected] of ends) {
    const { settled } = await play(context, `${envelope}${mail}QUIT\r\n`, [...upToData, end])
    assert.deepEqual(settled, [expected], String(end))
  }
  const broken = await play(context, `${envelope}Hello.\n.\r\n`, upToData)
  assert.deepEqual(broken.settled[0]?.emails, 0)
})
