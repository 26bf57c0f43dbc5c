import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { poll } from './poll.ts'
import { plain, type SmtpClient } from './smtp-client.ts'
import { type InsideMail, mailHost, mailUser, openSmtpScene, type SmtpScene } from './smtp-scene.ts'

const skip = skipWithout('Exim')
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
  assert.match(scene.server.log(), new RegExp(`A=plain:${mailUser}`))
  assert.match(scene.server.log(), /X=TLS1/)
})
