import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { poll } from './poll.ts'
import { plain } from './smtp-client.ts'
import { type InsideMail, mailHost, mailUser, openSmtpScene, type SmtpScene, skipWithoutMail } from './smtp-scene.ts'

const skip = skipWithoutMail()
const from = 'agent@service.test'
const to = 'someone@example.com'
const content = 'From: agent@service.test\r\nSubject: hello\r\n\r\nHello.'
let scene: SmtpScene
let mail: InsideMail

before(async () => {
  if (skip !== false) return
  scene = await openSmtpScene()
  await scene.store('mail')
  mail = await scene.open('mail')
})

after(() => scene?.[Symbol.asyncDispose]())

test('W5: a mail goes out with the real login over TLS, for a client that showed the placeholder', {
  skip,
}, async () => {
  const client = await mail.loggedIn()
  assert.equal(await client.mail(from, [to], content), 250)
  await client.say('QUIT')
  await client.closed()
  const [taken] = scene.server.taken()
  assert.deepEqual([taken!.sender, taken!.recipients], [from, [to]])
  assert.match(taken!.header, /Subject: hello/)
  assert.match(scene.server.log(), new RegExp(`X=TLS1.*A=plain:${mailUser}`))
})

test('the environment has a URL and what programs read, and no address of the service', { skip }, () => {
  const { env } = mail.inside.sandbox.connect
  const url = new URL(env['SMTP_URL'] ?? '')
  assert.deepEqual([url.password, url.hostname, url.port], [mail.placeholder, env['SMTP_HOST'], '587'])
  const text = JSON.stringify(env)
  for (const hidden of [mailHost, mailUser, String(scene.server.ports.submission), scene.canary.value])
    assert.ok(!text.includes(hidden))
})

test('CO-02: a wrong, an empty and the real password are refused, and nothing is dialled', { skip }, async () => {
  const before = scene.server.log().split('SMTP connection from').length
  const client = await mail.connect()
  await client.reply()
  await client.say('EHLO here')
  for (const [index, password] of ['', scene.canary.value, `${mail.placeholder} `].entries()) {
    const [code] = await client.say(`AUTH PLAIN ${plain(password, mailUser)}`)
    assert.equal(code, 535, String(index))
  }
  assert.equal((await client.reply()).code, 421)
  await client.closed()
  const other = await mail.connect()
  assert.equal(await other.logIn('wrong'), 535)
  other.socket.end()
  await other.closed()
  assert.equal(scene.server.log().split('SMTP connection from').length, before)
  const refused = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.code === 'login_refused')
    return found.length >= 2 ? found : undefined
  })
  assert.ok(refused.every(({ event }) => event.kind === 'connection.refused'))
})

test('CO-02: whoever has not shown the placeholder is told to, whatever the command', { skip }, async () => {
  const client = await mail.connect()
  await client.reply()
  assert.deepEqual(await client.say('AUTH PLAIN AAAA', 'MAIL FROM:<a@b.example>', 'EHLO x'), [503, 503, 250])
  assert.deepEqual(
    await client.say(`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA', 'VRFY x', 'NOOP'),
    [530, 530, 530, 530, 250],
  )
  assert.deepEqual(
    await client.say('AUTH CRAM-MD5', 'AUTH PLAIN !!', 'AUTH PLAIN AAAA a b', 'AUTH PLAIN ='),
    [504, 501, 501, 501],
  )
  assert.deepEqual(await client.say('AUTH LOGIN', '*'), [334, 501])
  const token = Buffer.from(`user=any\x01auth=Bearer ${scene.canary.value}\x01\x01`).toString('base64')
  assert.deepEqual(await client.say('AUTH XOAUTH2', 'AAAA', `AUTH XOAUTH2 ${token}`), [334, 501, 535])
  client.socket.destroy()
})

test('CO-03: nothing that the service says comes before the login', { skip }, async () => {
  await scene.store('wrong', {
    value: `smtp://nobody:${scene.canary.value}@${mailHost}:${scene.server.ports.submission}`,
  })
  const place = await scene.open('wrong')
  const client = await place.connect()
  assert.equal(await client.logIn(place.placeholder), 454)
  await client.closed()
  const text = client.heard.toString('latin1')
  assert.match(text, /454 4\.7\.0 coatcheck: the service did not take the login of the broker/)
  for (const hidden of [mailHost, 'nobody', 'Exim', 'Incorrect']) assert.ok(!text.includes(hidden), hidden)
})

test('CO-04: the real password is in no byte that a client receives in a whole session', { skip }, async () => {
  const client = await mail.loggedIn()
  await client.say(
    'EHLO again',
    'HELP',
    'VRFY root',
    'NOOP',
    'EXPN root',
    `MAIL FROM:<${from}>`,
    'RCPT TO:<full@example.com>',
    'RSET',
  )
  assert.equal(await client.mail(from, [to], content), 250)
  await client.say('QUIT')
  await client.closed()
  assert.ok(client.heard.length > 500)
  assert.deepEqual(findCanary(client.heard, scene.canary), [])
  scene.server.taken()
})

test('CO-11: a session in one byte for each segment, and in one segment for all', { skip }, async () => {
  const lines = ['EHLO here', `AUTH PLAIN ${plain(mail.placeholder)}`, `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA']
  const end = [content, '.', 'RSET', 'NOOP', 'QUIT']
  const whole = Buffer.from([...lines, ...end].map((line) => `${line}\r\n`).join(''))
  const slow = await mail.connect()
  for (const byte of whole) {
    slow.socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  const fast = await mail.connect()
  fast.socket.end(whole)
  for (const client of [slow, fast]) {
    const codes: number[] = []
    for (let reply = 0; reply < 10; reply += 1) codes.push((await client.reply()).code)
    assert.deepEqual(codes, [220, 250, 235, 250, 250, 354, 250, 250, 250, 221])
    await client.closed()
  }
  assert.equal(scene.server.taken().length, 2)
})

test('SM-01: of recipients in a pipeline, those that the service refuses are refused alone', { skip }, async () => {
  const client = await mail.loggedIn()
  const codes = await client.say(
    `MAIL FROM:<${from}>`,
    'RCPT TO:<full@example.com>',
    `RCPT TO:<${to}>`,
    'RCPT TO:<later@example.com>',
    'DATA',
  )
  assert.deepEqual(codes, [250, 550, 250, 451, 354])
  client.socket.write(`${content}\r\n.\r\n`)
  assert.equal((await client.reply()).code, 250)
  client.socket.destroy()
  assert.deepEqual(scene.server.taken()[0]?.recipients, [to])
})

test('SM-02: a line of the mail that ends by CR or LF alone ends the session, and nothing is delivered', {
  skip,
}, async () => {
  const smuggled = `MAIL FROM:<evil@service.test>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n`
  for (const ending of ['\n.\r\n', '\r\n.\n', '\r.\r', '\r.\r\n', '\n.\n', '\n\n', '\rx']) {
    const client = await mail.loggedIn()
    assert.equal(await client.mail(from, [to], `${content}${ending}${smuggled}`), 550, JSON.stringify(ending))
    await client.closed()
  }
  await scene.server.settled()
  assert.deepEqual(scene.server.taken(), [])
})

test('SM-02: commands end by CR LF, and have no control characters', { skip }, async () => {
  for (const line of [
    'NOOP\n',
    'NOOP\r\r\n',
    'NO\0OP\r\n',
    'NOOP \x1b[0m\r\n',
    'NOOP \xff\r\n',
    `NOOP ${'x'.repeat(5_000)}`,
  ]) {
    const client = await mail.loggedIn()
    client.socket.write(line, 'latin1')
    assert.equal((await client.reply()).code, 500, JSON.stringify(line).slice(0, 40))
    await client.closed()
  }
})

test('SM-06: RSET, a second mail, a second EHLO, a second AUTH', { skip }, async () => {
  const client = await mail.loggedIn()
  assert.deepEqual(
    await client.say('DATA', `RCPT TO:<${to}>`, `MAIL FROM:<${from}>`, `MAIL FROM:<${from}>`),
    [503, 503, 250, 503],
  )
  assert.deepEqual(
    await client.say('DATA', `RCPT TO:<${to}>`, 'RSET', `RCPT TO:<${to}>`, 'DATA'),
    [503, 250, 250, 503, 503],
  )
  assert.deepEqual(
    await client.say(`MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'EHLO again', 'DATA'),
    [250, 250, 250, 503],
  )
  assert.deepEqual(await client.say(`AUTH PLAIN ${plain(mail.placeholder)}`, 'STARTTLS', 'HELO x'), [503, 503, 250])
  for (const subject of ['one', 'two']) {
    assert.equal(await client.mail(from, [to], `From: ${from}\r\nSubject: ${subject}\r\n\r\n${subject}`), 250)
  }
  client.socket.destroy()
  assert.deepEqual(
    scene.server.taken().map(({ body }) => body.trim()),
    ['one', 'two'],
  )
})

test('SM-07: a mail of 10 MB comes whole', { skip }, async () => {
  const line = `${'0123456789'.repeat(7)}\r\n`
  const client = await mail.loggedIn()
  const body = line.repeat(140_000)
  assert.equal(await client.mail(from, [to], `From: ${from}\r\n\r\n${body}end`), 250)
  client.socket.destroy()
  const [taken] = scene.server.taken()
  assert.equal(taken!.body.length, body.replaceAll('\r', '').length + 'end\n'.length)
  assert.ok(taken!.body.endsWith('9\nend\n'))
})

test('SM-08: AUTH= is left out, and what was not offered is not passed on', { skip }, async () => {
  const client = await mail.loggedIn()
  assert.deepEqual(await client.say(`MAIL FROM:<${from}> AUTH=<> SIZE=100 BODY=8BITMIME`, 'RSET'), [250, 250])
  const parameters = [
    'RET=FULL',
    'ENVID=x',
    'BODY=BINARYMIME',
    'XVERP',
    'SIZE=x',
    'SIZE=1 SIZE=2',
    'SMTPUTF8=1',
    'BY=1;R',
  ]
  for (const parameter of parameters) {
    const [code] = await client.say(`MAIL FROM:<${from}> ${parameter}`)
    assert.ok(code === 555 || code === 501, parameter)
  }
  assert.deepEqual(
    await client.say(`MAIL FROM:<${from}>`, `RCPT TO:<${to}> NOTIFY=NEVER`, 'BURL imap://x LAST'),
    [250, 555, 502],
  )
  const [code] = await client.say('BDAT 10 LAST')
  assert.equal(code, 500)
  await client.closed()
})

test('SM-08: what a client pipelines behind commands that are none is answered in turn, up to a limit', {
  skip,
}, async () => {
  const client = await mail.loggedIn()
  const strange = ['XCLIENT NAME=x', 'ETRN x', 'TURN', 'MAILFROM', '', 'EXPN x']
  assert.deepEqual(
    await client.say(...strange),
    strange.map(() => 502),
  )
  client.socket.write('WHAT\r\n'.repeat(30))
  await client.closed()
  assert.match(client.heard.toString(), /\r\n500 5\.5\.2 coatcheck/)
})

test('the addresses of an envelope are written anew, and what is no mailbox is refused', { skip }, async () => {
  const client = await mail.loggedIn()
  const refused = [
    '<@relay.example:x@example.com>',
    '<x@[10.0.0.1]>',
    '<postmaster>',
    '<>',
    '<"x>',
    'x@example.com',
    '<x@a@b.example>',
    '<x@example.com> y',
  ]
  const codes = await client.say(`mail from: <${from}>`, ...refused.map((path) => `RCPT TO:${path}`))
  assert.deepEqual(
    codes.slice(1).filter((code) => code < 500),
    [],
  )
  assert.deepEqual(
    await client.say('rcpt to: <"x"@EXAMPLE.com>', 'RCPT TO:<y@bücher.example>', 'RCPT TO:<ü@example.com>'),
    [250, 250, 553],
  )
  assert.equal((await client.say('DATA'))[0], 354)
  client.socket.write(`${content}\r\n.\r\n`)
  assert.equal((await client.reply()).code, 250)
  assert.deepEqual(await client.say(`MAIL FROM:<${from}> SMTPUTF8`, 'RCPT TO:<ü@example.com>', 'RSET'), [250, 250, 250])
  client.socket.destroy()
  assert.deepEqual(scene.server.taken()[0]?.recipients.toSorted(), ['x@example.com', 'y@xn--bcher-kva.example'])
})

test('what is not the protocol is refused fast', { skip }, async () => {
  const openings = [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x16\x03\x01\x01\x00',
    'EHLO x\nAUTH',
    '\r\n',
    `EHLO ${'x'.repeat(5_000)}`,
  ]
  for (const opening of openings) {
    const client = await mail.connect()
    client.socket.write(opening, 'latin1')
    await client.closed()
    assert.match(client.heard.toString('latin1'), /500 5\.5\.2 coatcheck: /, JSON.stringify(opening).slice(0, 40))
  }
})

test('CO-06: what is said in clear text right behind STARTTLS ends the connection', { skip }, async () => {
  const client = await mail.connect()
  client.socket.write(`EHLO x\r\nSTARTTLS\r\nEHLO y\r\nAUTH PLAIN ${plain(mail.placeholder)}\r\n`)
  await client.closed()
  assert.doesNotMatch(client.heard.toString(), /220 2\.0\.0|235/)
})

test('what was said before STARTTLS is forgotten', { skip }, async () => {
  const { ca, env } = mail.inside.sandbox.connect
  const client = await mail.connect()
  await client.reply()
  assert.deepEqual(await client.say('EHLO x', 'STARTTLS'), [250, 220])
  await client.secure(ca, env['SMTP_HOST']!)
  const login = `AUTH PLAIN ${plain(mail.placeholder)}`
  assert.deepEqual(await client.say(login, 'STARTTLS', 'EHLO x', login), [503, 503, 250, 235])
  assert.equal(await client.mail(from, [to], content), 250)
  client.socket.destroy()
  scene.server.taken()
})

test('a session is one event, with grant, user, mails, bytes and duration (A3)', { skip }, async () => {
  const client = await mail.loggedIn()
  await client.mail(from, [to, 'b@example.com'], content)
  await client.say('QUIT')
  await client.closed()
  scene.server.taken()
  const grant = mail.inside.sandbox.grants[0]!.id
  const found = await poll(async () => {
    const { event } = (await scene.world.events()).at(-1)!
    return event.kind === 'connection.completed' ? event : undefined
  })
  assert.deepEqual(
    [found.scheme, found.host, found.secrets, found.grants, found.code],
    ['smtp', mailHost, ['mail@1'], [grant], undefined],
  )
  assert.ok(found.bytesSent! > content.length && found.bytesReceived! > 0 && found.latencyMs! > 0)
  assert.match(found.note ?? '', /user: agent@service\.test, mails: 1, recipients: 2$/)
})
