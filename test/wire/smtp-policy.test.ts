import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectorProcesses } from './connector-processes.ts'
import { poll } from './poll.ts'
import type { SmtpClient } from './smtp-client.ts'
import { type InsideMail, openSmtpScene, type SmtpScene, skipWithoutMail } from './smtp-scene.ts'

const skip = skipWithoutMail()
const from = 'agent@service.test'
const content = `From: The agent <${from}>\r\nSubject: hello\r\n\r\nHello.`
const lists = { senders: [from, '@bots.example'], recipients: ['Ann@Example.com', '@bücher.example'] }
let scene: SmtpScene
let narrow: InsideMail
let client: SmtpClient

before(async () => {
  if (skip !== false) return
  scene = await openSmtpScene()
  await scene.store('narrow', { inject: { ...lists, maxRecipients: '3', maxBytes: '20000' } })
  await scene.store('wide', { inject: { senders: [from], headerFrom: 'pass' } })
  narrow = await scene.open('narrow')
  client = await narrow.loggedIn()
})

after(async () => {
  client?.socket.destroy()
  await scene?.[Symbol.asyncDispose]()
})

/** Notes of what was refused in sessions, once there are so many. */
async function notes(code: string, count: number): Promise<readonly (string | undefined)[]> {
  return poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.code === code)
    return found.length >= count ? found.map(({ event }) => event.note) : undefined
  })
}

test('SM-05, N4: recipients that the scope names are taken, in whatever way they are written', { skip }, async () => {
  const taken = ['Ann@Example.com', 'ann@EXAMPLE.COM', '"ann"@example.com']
  for (const path of [...taken, 'any.body+x@bücher.example', 'Any@xn--bcher-kva.example']) {
    assert.deepEqual(await client.say(`MAIL FROM:<${from}>`, `RCPT TO:<${path}>`, 'RSET'), [250, 250, 250], path)
  }
})

test('SM-05, N4: recipients that it does not name are refused, in whatever way they are written', {
  skip,
}, async () => {
  await client.say(`MAIL FROM:<${from}>`)
  const refused = [
    'bob@example.com',
    'ann+x@example.com',
    'ann@example.com.evil.example',
    'ann@sub.example.com',
    'ann@example.org',
    'ann%example.com@evil.example',
    'x%evil.example@bücher.example',
    'evil.example!x@bücher.example',
    '"x@evil.example"@bücher.example',
    '@bücher.example:x@evil.example',
    '@evil.example:ann@example.com',
    'ann@[127.0.0.1]',
    'ann',
    '',
  ]
  for (const path of refused) {
    const [code] = await client.say(`RCPT TO:<${path}>`)
    assert.ok(code === 550 || code === 553, path)
  }
  assert.deepEqual(await client.say('DATA', 'RSET'), [503, 250])
  assert.doesNotMatch(scene.server.log(), /evil/)
})

test('SM-01: the mail goes out to those that the scope names, and the others are refused alone', { skip }, async () => {
  const codes = await client.say(
    `MAIL FROM:<${from}>`,
    'RCPT TO:<evil@example.org>',
    'RCPT TO:<ann@example.com>',
    'RCPT TO:<x@bücher.example>',
    'DATA',
  )
  assert.deepEqual(codes, [250, 550, 250, 250, 354])
  client.socket.write(`${content}\r\n.\r\n`)
  assert.equal((await client.reply()).code, 250)
  // What is sent is what the scope says.
  assert.deepEqual(scene.server.taken()[0]?.recipients.toSorted(), ['Ann@example.com', 'x@xn--bcher-kva.example'])
})

test('the number of recipients of a mail is limited', { skip }, async () => {
  const to = ['a', 'b', 'c', 'd'].map((name) => `RCPT TO:<${name}@bücher.example>`)
  assert.deepEqual(await client.say(`MAIL FROM:<${from}>`, ...to, 'RSET'), [250, 250, 250, 250, 452, 250])
})

test('senders that the scope does not name are refused, and none at all is too', { skip }, async () => {
  for (const sender of ['ceo@service.test', 'agent@evil.example', 'x@bots.example.evil.example', '']) {
    assert.deepEqual(await client.say(`MAIL FROM:<${sender}>`, 'RCPT TO:<ann@example.com>'), [550, 503], sender)
  }
  assert.deepEqual(await client.say('MAIL FROM:<any@Bots.Example>', 'RSET'), [250, 250])
})

test('a mail whose header says another sender is refused, none of it leaves, and the session goes on', {
  skip,
}, async () => {
  const headers = [
    'From: ceo@service.test',
    `From: ${from}\r\nFrom: ceo@service.test`,
    `From: ${from}, ceo@service.test`,
    `From: ${from}\r\nSender: ceo@service.test`,
    `From: ${from}\r\n.From: ceo@service.test`,
    `no field\r\nFrom: ${from}`,
    'Subject: none',
    `From: ${from}${'\r\nX: y'.repeat(23_000)}`,
  ]
  const before = scene.server.log().length
  const own = await narrow.loggedIn()
  for (const header of headers) {
    assert.equal(await own.mail(from, ['ann@example.com'], `${header}\r\n\r\nHello.`), 550, header)
  }
  assert.equal(await own.mail(from, ['ann@example.com'], 'From: ceo@service.test'), 550, 'without a body')
  assert.doesNotMatch(scene.server.log().slice(before), /<=/)
  assert.equal(await own.mail(from, ['ann@example.com'], `From: ${from}\r\n\r\n${'x'.repeat(900)}`), 250)
  assert.equal(await own.mail(from, ['ann@example.com'], 'From: other@bots.example'), 250)
  assert.equal(scene.server.taken().length, 2)
  own.socket.destroy()
  assert.ok((await notes('mail_refused', 8)).some((note) => note?.endsWith(', From')))
})

test('the header is not looked at where the scope says so', { skip }, async () => {
  const wide = await (await scene.open('wide')).loggedIn()
  assert.equal(await wide.mail(from, ['x@example.org'], 'From: ceo@service.test\r\n\r\nHello.'), 250)
  wide.socket.destroy()
  assert.match(scene.server.taken()[0]!.header, /ceo@service\.test/)
})

test('SM-07: a size over the limit is refused when it is said, and when it comes', { skip }, async () => {
  const hello = await narrow.loggedIn()
  await hello.say('NOOP')
  hello.socket.write('EHLO again\r\n')
  assert.ok((await hello.reply()).lines.includes('SIZE 20000'))
  assert.deepEqual(await hello.say(`MAIL FROM:<${from}> SIZE=20001`), [552])
  assert.deepEqual(await hello.say(`MAIL FROM:<${from}> SIZE=20000`, 'RSET'), [250, 250])
  const long = `${content}${`\r\n${'x'.repeat(70)}`.repeat(3_000)}`
  assert.equal(await hello.mail(from, ['ann@example.com'], long), 552)
  await hello.closed()
  await scene.server.settled(1)
  assert.deepEqual(scene.server.taken(), [])
})

test('N3: caps count mails and recipients, before anything leaves and whoever sends them', { skip }, async () => {
  const place = await scene.open('narrow', {
    caps: [
      { unit: 'emails', limit: 5, window: 'day' },
      { unit: 'requests', limit: 4, window: 'hour' },
    ],
  })
  const [one, other] = [await place.loggedIn(), await place.loggedIn()]
  const two = ['ann@example.com', 'x@bücher.example']
  assert.deepEqual(await Promise.all([one.mail(from, two, content), other.mail(from, two, content)]), [250, 250])
  const envelope = [`MAIL FROM:<${from}>`, ...two.map((path) => `RCPT TO:<${path}>`), 'DATA', 'RSET']
  assert.deepEqual(await one.say(...envelope), [250, 250, 250, 451, 250])
  // What is refused, or never left, counts for nothing, and one recipient has still room.
  assert.equal(await one.mail(from, two.slice(1), 'From: ceo@service.test'), 550)
  assert.equal(await other.mail(from, two.slice(1), content), 250)
  assert.deepEqual(await one.say(...envelope.toSpliced(2, 1)), [250, 250, 451, 250])
  for (const each of [one, other]) each.socket.destroy()
  assert.equal(scene.server.taken().length, 3)
  const used = async (): Promise<Record<string, number>> => {
    const { items } = await scene.world.client.caps.usage()
    const here = items.filter(({ on, reserved }) => on === 'sandbox' && reserved === 0)
    return Object.fromEntries(here.map(({ cap, used: count }) => [cap.unit, count]))
  }
  const counted = await poll(async () => {
    const present = await used()
    return Object.keys(present).length === 2 ? present : undefined
  })
  assert.deepEqual(counted, { emails: 5, requests: 3 })
  assert.ok((await notes('cap_reached', 2)).every((note) => note?.endsWith('DATA')))
})

test('N3: a mail that the service refuses counts no recipients, and a cap on bytes cuts one that is longer', {
  skip,
}, async () => {
  const caps = [
    { unit: 'emails', limit: 1, window: 'day' },
    { unit: 'bytes', limit: 5_000, window: 'day', perRequest: 4_000 },
  ] as const
  const place = await scene.open('wide', { caps })
  const long = `From: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(200)}`
  const first = await place.loggedIn()
  assert.equal(await first.mail(from, ['x@example.org'], long), 552)
  await first.closed()
  const second = await place.loggedIn()
  assert.deepEqual(
    await second.say(`MAIL FROM:<${from}> SIZE=4500`, 'RCPT TO:<x@example.org>', 'DATA'),
    [250, 250, 451],
  )
  second.socket.destroy()
  await scene.server.settled(1)
  assert.deepEqual(scene.server.taken(), [])
})

test('N3: a mail on which its process is killed counts as it was held, for nobody knows what became of it', {
  skip,
}, async () => {
  const place = await scene.open('wide', { caps: [{ unit: 'emails', limit: 5, window: 'day' }] })
  const client = await place.loggedIn()
  const envelope = [`MAIL FROM:<${from}>`, 'RCPT TO:<x@example.org>', 'RCPT TO:<y@example.org>', 'DATA']
  assert.deepEqual(await client.say(...envelope), [250, 250, 250, 354])
  process.kill(connectorProcesses().at(-1)!, 'SIGKILL')
  await client.closed()
  const counted = await poll(async () => {
    const { items } = await scene.world.client.caps.usage()
    const usage = items.find(({ id }) => id === place.inside.sandbox.id)
    return usage?.reserved === 0 ? usage.used : undefined
  })
  assert.equal(counted, 2)
  const next = await place.loggedIn()
  assert.equal(await next.mail(from, ['x@example.org'], 'From: x\r\n\r\nHello.'), 250)
  next.socket.destroy()
  await scene.server.settled(1)
})

test('one event for each refusal, without what was said', { skip }, async () => {
  const found = await notes('mail_refused', 10)
  assert.ok(
    found.every(
      (note) =>
        /^session: con_\w+, (?:sender|recipient|number of recipients|size|From)$/.test(note ?? '') ||
        note?.startsWith('login'),
    ),
  )
})
