import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { ChangingSource } from './changing-source.ts'
import { connectorMemory, connectorProcesses } from './connector-processes.ts'
import { plateau, poll } from './poll.ts'
import { plain, type SmtpClient } from './smtp-client.ts'
import { type InsideMail, mailHost, mailUser, openSmtpScene, type SmtpScene, skipWithoutMail } from './smtp-scene.ts'

const skip = skipWithoutMail()
const from = 'agent@service.test'
const to = ['someone@example.com']
const content = `From: ${from}\r\n\r\nHello.`
let scene: SmtpScene
let mail: InsideMail
let source: ChangingSource
let late: Promise<readonly SmtpClient[]> | undefined

before(async () => {
  if (skip !== false) return
  source = new ChangingSource()
  scene = await openSmtpScene(
    (home, ports) => source.describe(home, `smtp://${mailHost}:${ports.challenged}`),
    source.clock,
  )
  source.change(scene.canary.value)
  await scene.store('mail')
  mail = await scene.open('mail')
  late = tooLate()
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  source?.[Symbol.dispose]()
})

/** Clients that never log in: they are cut off while other tests run. */
async function tooLate(): Promise<readonly SmtpClient[]> {
  const [silent, slow] = [await mail.connect(), await mail.connect()]
  const timer = setInterval(() => slow.socket.write('N'), 1_500)
  await Promise.all([silent.closed(), slow.closed()])
  clearInterval(timer)
  return [silent, slow]
}

test('CO-09, N2: a grant that is revoked takes its live session along within a second, in the middle of a mail', {
  skip,
}, async () => {
  const place = await scene.open('mail')
  const client = await place.loggedIn()
  await client.say(`MAIL FROM:<${from}>`, `RCPT TO:<${to[0]}>`, 'DATA')
  client.socket.write(`${content}\r\n`)
  const startedAt = performance.now()
  await scene.world.client.grants.end(place.inside.sandbox.grants[0]!.id)
  await client.closed()
  assert.ok(performance.now() - startedAt < 1_000)
  assert.match(client.heard.toString(), /421 4\.3\.2 coatcheck: the session was ended/)
  await scene.server.settled()
  assert.deepEqual(scene.server.taken(), [])
})

test('CO-09: a sandbox that expires takes its live session along', { skip }, async () => {
  const place = await scene.open('mail')
  const client = await place.loggedIn()
  await scene.world.client.sandboxes.renew(place.inside.sandbox.id, 1)
  await client.closed()
  assert.match(client.heard.toString(), /421 /)
  await scene.server.settled()
})

test('CO-07: a service that stops reading holds the client up, and not the memory', { skip }, async () => {
  const client = await mail.loggedIn()
  await client.say(`MAIL FROM:<${from}>`, `RCPT TO:<${to[0]}>`, 'DATA')
  client.socket.write(`${content}\r\n`)
  scene.server.freeze(true)
  const part = Buffer.from(`${'0123456789'.repeat(7)}\r\n`.repeat(1_000))
  for (let count = 0; count < 450; count += 1) client.socket.write(part)
  await plateau(() => client.socket.bytesWritten - client.socket.writableLength)
  assert.ok(client.socket.writableLength > 10_000_000)
  assert.ok(connectorMemory() < 150_000, `kB: ${connectorMemory()}`)
  scene.server.freeze(false)
  client.socket.write('.\r\n')
  assert.equal((await client.reply()).code, 250)
  client.socket.destroy()
  const [taken] = scene.server.taken()
  assert.equal(taken?.body.length, 'Hello.\n'.length + (part.length - 1_000) * 450)
})

test('CO-08: whoever dies, nothing stays: sessions, descriptors, connections to the service', { skip }, async () => {
  await mail.loggedIn().then(({ socket }) => socket.destroy())
  await scene.server.settled()
  const open = (): number =>
    [process.pid, ...connectorProcesses()].reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0)
  const before = await plateau(open)
  for (let round = 0; round < 25; round += 1) {
    const client = await mail.connect()
    const way = round % 5
    if (way === 0) client.socket.destroy()
    else if (way === 1) client.socket.end(`EHLO x\r\nAUTH PLAIN ${plain(mail.placeholder)}\r\n`)
    else {
      await client.logIn(mail.placeholder)
      if (way === 2) client.socket.resetAndDestroy()
      else {
        await client.say(`MAIL FROM:<${from}>`, `RCPT TO:<${to[0]}>`, 'DATA')
        if (way === 3) client.socket.end('Half of a mail\r\n')
        else {
          scene.server.hangUp()
          await client.closed()
          assert.match(client.heard.toString(), /421 4\.3\.2 coatcheck: the service cannot be reached/)
        }
      }
    }
  }
  await scene.server.settled()
  await poll(() => (open() <= before ? true : undefined))
  assert.deepEqual(scene.server.taken(), [])
})

test('CO-10: a password that was changed is taken by the next login, and open sessions go on', { skip }, async () => {
  const { canary, server, world } = scene
  const client = await mail.loggedIn()
  const next = `${canary.value}-next`
  server.setPassword(next)
  const url = `smtp://${encodeURIComponent(mailUser)}:${next}@${mailHost}:${server.ports.submission}`
  await world.client.secrets.rotate('mail', url)
  const other = await mail.loggedIn()
  for (const each of [client, other]) {
    assert.equal(await each.mail(from, to, content), 250)
    each.socket.destroy()
  }
  server.setPassword(canary.value)
  const refused = await mail.connect()
  assert.equal(await refused.logIn(mail.placeholder), 454)
  await refused.closed()
  server.setPassword(next)
  server.taken()
})

test('CO-10: a password that changed at its source is fetched anew when it is declined, and the client does not notice', {
  skip,
}, async () => {
  const { canary, server, world } = scene
  server.setPassword(canary.value)
  const scope = {
    to: `smtp://${mailHost}:${server.ports.challenged}`,
    pin: { address: '127.0.0.1' },
    inject: { kind: 'smtp', user: mailUser, tls: 'off' },
  }
  await world.client.secrets.create({ name: 'sourced', sourceName: 'file', scopes: [scope] })
  const place = await scene.open('sourced')
  await place.loggedIn().then(({ socket }) => socket.destroy())
  source.wait(60_000)
  const next = `${canary.value}-fetched`
  server.setPassword(next)
  source.change(next)
  await place.loggedIn().then(({ socket }) => socket.destroy())
  assert.match(server.log(), /cram authenticator failed/)
})

test('CO-01: a silent client was cut off, and one that says a byte now and then too', { skip }, async () => {
  for (const client of await late!)
    assert.match(client.heard.toString(), /421 4\.3\.2 coatcheck: the login took too long/)
})

test('W8: a locked vault ends every session, and lets none begin', { skip }, async () => {
  scene.server.setPassword(`${scene.canary.value}-next`)
  const client = await mail.loggedIn()
  await scene.world.client.vault.lock()
  await client.closed()
  const refused = await mail.connect()
  await refused.closed()
  await scene.world.client.vault.unlock()
  await mail.loggedIn().then(({ socket }) => socket.destroy())
})
