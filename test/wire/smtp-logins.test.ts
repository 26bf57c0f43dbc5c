import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTransport } from 'nodemailer'
import { findCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { poll } from './poll.ts'
import { type InsideMail, mailUser, openSmtpScene, type SmtpScene, skipWithoutMail } from './smtp-scene.ts'

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

test('W5: swaks, with a pipeline', { skip: skipWithoutMail('swaks') }, async () => {
  const { host, port } = await mail.place()
  const login = ['--auth', 'LOGIN', '--auth-user', 'any', '--auth-password', mail.placeholder]
  const args = [
    '--server',
    host,
    '--port',
    String(port),
    ...login,
    '--pipeline',
    '--from',
    from,
    '--to',
    `${to},b@example.org`,
  ]
  const { code, stdout } = await runToEnd(['/usr/bin/swaks', ...args, '--body', 'By swaks.'], {
    env: { PATH: '/usr/bin:/bin' },
  })
  assert.equal(code, 0, stdout)
  const [taken] = scene.server.taken()
  assert.deepEqual(taken?.recipients.toSorted(), ['b@example.org', to])
  assert.match(taken!.body, /By swaks/)
})

test('W5: curl, in clear text and by STARTTLS with the authority of the sandbox', { skip }, async () => {
  const { host, port } = await mail.place()
  const name = mail.inside.sandbox.connect.env['SMTP_HOST']!
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-ca-'))
  try {
    const ca = join(folder, 'ca.pem')
    writeFileSync(ca, mail.inside.sandbox.connect.ca)
    const common = ['-sS', '--resolve', `${name}:${port}:${host}`, '-u', `any:${mail.placeholder}`, '--mail-from', from]
    for (const further of [[], ['--ssl-reqd', '--cacert', ca]]) {
      const args = [...common, ...further, '--mail-rcpt', to, '-T', '-', `smtp://${name}:${port}`]
      const { code, stderr } = await runToEnd(['/usr/bin/curl', ...args], { stdin: content })
      assert.deepEqual([code, stderr], [0, ''])
      assert.equal(scene.server.taken().length, 1)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('W5: nodemailer, which begins TLS where it can', { skip }, async () => {
  const { connect } = mail.inside.sandbox
  const { host, port } = await mail.place()
  const tls = { ca: connect.ca, servername: connect.env['SMTP_HOST'] }
  const transport = createTransport({ host, port, tls, auth: { user: 'any', pass: mail.placeholder } })
  const sent = await transport.sendMail({
    from: `"The agent" <${from}>`,
    to: [to, 'c@example.com'],
    subject: 'Grüße',
    text: '.A line that begins with a dot\n..and one with two\n',
  })
  transport.close()
  assert.deepEqual(sent.accepted, [to, 'c@example.com'])
  const [taken] = scene.server.taken()
  const token = { type: 'OAuth2', user: 'any', accessToken: mail.placeholder } as const
  const bearer = createTransport({ host, port, tls, auth: token })
  assert.equal(await bearer.verify(), true)
  bearer.close()
  assert.match(taken!.body, /^\.A line that begins with a dot\n\.\.and one with two/)
})

test('W5: smtplib of Python, with starttls and without', {
  skip: skipWithoutMail('/usr/bin/python3'),
}, async () => {
  const { host, port } = await mail.place()
  const script = [
    'import smtplib, sys',
    'host, port, password = sys.argv[1:]',
    'for tls in (False, True):',
    '  with smtplib.SMTP(host, int(port)) as s:',
    '    if tls: s.starttls()',
    "    s.login('any', password)",
    `    s.sendmail('${from}', ['${to}'], 'From: ${from}\\r\\nSubject: hi\\r\\n\\r\\n.dotted')`,
    'try:',
    "  smtplib.SMTP(host, int(port)).login('any', 'wrong')",
    'except smtplib.SMTPAuthenticationError as error: print(error.smtp_code)',
  ].join('\n')
  const args = ['-c', script, host, String(port), mail.placeholder]
  const { stdout, stderr } = await runToEnd(['/usr/bin/python3', ...args], {})
  assert.deepEqual([stdout.trim(), stderr], ['535', ''])
  const taken = scene.server.taken()
  assert.deepEqual([taken.length, taken[0]?.body.trim()], [2, '.dotted'])
})

const ways: readonly (readonly [string, Parameters<SmtpScene['store']>[1], RegExp])[] = [
  ['TLS from the first byte, and LOGIN', { port: 'implicit' }, /X=TLS1.*A=login:/],
  ['CRAM-MD5 by STARTTLS', { port: 'challenged', inject: { tls: 'starttls' } }, /X=TLS1.*A=cram:/],
  ['CRAM-MD5 in clear text, because the scope says so', { port: 'clear', inject: { tls: 'off' } }, /A=cram:/],
]
for (const [index, [what, options, pattern]] of ways.entries()) {
  test(`the broker logs in by ${what}`, { skip }, async () => {
    await scene.store(`way-${index}`, options)
    const client = await (await scene.open(`way-${index}`)).loggedIn()
    assert.equal(await client.mail(from, [to], content), 250)
    client.socket.destroy()
    scene.server.taken()
    assert.match(
      scene.server
        .log()
        .trimEnd()
        .split('\n')
        .findLast((line) => line.includes('<='))!,
      pattern,
    )
  })
}

const declined: readonly (readonly [string, string, () => Parameters<SmtpScene['store']>[1], string])[] = [
  [
    'CO-05',
    'whose certificate nobody vouches for',
    () => ({ scope: { roots: createTlsRoot().certificate } }),
    'upstream_tls_untrusted',
  ],
  [
    'CO-05',
    'whose certificate has another name',
    () => ({
      scope: { to: `smtp://other.service.test:${scene.server.ports.submission}` },
      value: scene.canary.value,
      inject: { user: mailUser },
    }),
    'upstream_tls_untrusted',
  ],
  ['SM-03', 'that has no TLS', () => ({ port: 'clear', inject: { tls: 'starttls' } }), 'upstream_malformed'],
  [
    'W5',
    'that wants a password in clear text',
    () => ({ port: 'naked', inject: { tls: 'off' } }),
    'upstream_malformed',
  ],
]
for (const [index, [id, what, options, code]] of declined.entries()) {
  test(`${id}: a service ${what} is not logged in to`, { skip }, async () => {
    await scene.store(`declined-${index}`, options())
    const place = await scene.open(`declined-${index}`)
    const client = await place.connect()
    assert.equal(await client.logIn(place.placeholder), 454)
    await client.closed()
    const { event } = await poll(async () =>
      (await scene.world.events()).find(
        (row) => row.event.code === code && row.event.sandbox === place.inside.sandbox.id,
      ),
    )
    assert.equal(event.kind, 'connection.completed')
    assert.deepEqual(findCanary(client.heard, scene.canary), [])
  })
}
