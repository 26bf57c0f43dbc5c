import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import {
  type Answerer,
  answerChallenge,
  type DigestWords,
  digestOf,
  hashedName,
  makeDigestService,
  readWords,
} from '../fixtures/digest-service.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type Received, type World } from './world.ts'

const open = 'open.service.test'
const own = 'own.service.test'
const root = createTlsRoot()
const accounts = { ann: 'the real password of ann, ünd "more"', bob: 'the-real-password-of-bob' }
const service = makeDigestService(accounts, 'hard')

let origin: VerifyingServer
let world: World
let inside: Inside

before(async () => {
  origin = await startVerifyingServer({ root, hosts: { [open]: 'public', [own]: 'public' }, answer: service.answer })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  for (const [name, value] of Object.entries(accounts)) {
    const scopes: Scope[] = [
      { to: open, inject: { kind: 'digest' }, ...reach },
      { to: own, inject: { kind: 'digest', username: name }, ...reach },
    ]
    await world.client.secrets.create({ name, value, scopes })
  }
  inside = await world.createSandbox({ secrets: { ANN: 'ann', BOB: 'bob' } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

interface Visit extends Partial<Answerer> {
  readonly host?: string
  readonly target: string
  /** Where the answer is sent, when not to the target that it is for. */
  readonly sent?: string
  readonly changed?: (said: DigestWords) => DigestWords
  readonly headers?: readonly (readonly [string, string])[]
}

/** Asks, is challenged, and asks again with an answer. */
async function visit(username: string, { host = open, target, sent = target, changed, headers = [], ...how }: Visit) {
  const bare = await inside.send({ host, target })
  assert.equal(bare.status, 401)
  const challenge = String(bare.headers['www-authenticate'])
  const password = how.password ?? inside.placeholder(username.toUpperCase())
  const answerer = { username, password, uri: target, ...how }
  const authorization = answerChallenge(challenge, answerer, changed?.(readWords(challenge)))
  const { dials } = origin
  const received = await inside.send({ host, target: sent, headers: [['Authorization', authorization], ...headers] })
  return { ...received, authorization, answerer, dialled: origin.dials - dials }
}

const kinds = ['md5', 'md5-sess', 'sha-256', 'sha-256-sess', 'sha-512-256', 'old']
for (const kind of kinds) {
  for (const username of ['ann', 'bob']) {
    test(`AC-4.6, W4: the answer says whose it is, and is made anew: ${kind}, ${username}`, async () => {
      const { status, text } = await visit(username, { target: `/${kind}/a%20b?c=d&e` })
      assert.deepEqual([status, text], [200, username], service.faults.join())
    })
  }

  test(`AC-10.1: the proof of the service is one that the client can check, and nobody else uses: ${kind}`, async () => {
    const { headers, authorization, answerer } = await visit('ann', { target: `/${kind}` })
    const proof = readWords(String(headers['authentication-info']))
    const said = readWords(authorization)
    assert.equal(proof['rspauth'], digestOf(said, { ...answerer, method: '' }))
    assert.equal(proof['nextnonce'], 'n')
  })
}

test('AC-10.1: a proof that belongs to nothing stays outside, and what stands beside it does not', async () => {
  const { headers } = await visit('ann', { target: '/md5/strange' })
  const proof = readWords(String(headers['authentication-info']))
  assert.deepEqual(Object.keys(proof).sort(), ['cnonce', 'nc', 'nextnonce', 'qop'])
})

test('SEC-09: an answer that comes back is the client’s own', async () => {
  const { text, authorization } = await visit('bob', { target: '/sha-256/echo' })
  assert.equal(text, authorization)
})

test('a user who is not sent in clear is the one of the scope', async () => {
  const changed = (said: DigestWords): DigestWords => ({ username: hashedName('ann', said), userhash: 'true' })
  const { status, text } = await visit('ann', { host: own, target: '/sha-256', changed })
  // The hash of the name goes on as it came.
  assert.deepEqual([status, text], [200, 'ann'], service.faults.join())
  const other = await visit('ann', { host: open, target: '/sha-256', changed })
  assert.equal(other.code, 'signature_unsupported')
})

const denials: readonly (readonly [string, string, string, Visit])[] = [
  ['another password', 'signature_invalid', 'ann', { target: '/md5', password: 'another' }],
  ['the real password', 'signature_invalid', 'ann', { target: '/md5', password: accounts.ann }],
  ['another target', 'signature_invalid', 'ann', { target: '/md5/a', sent: '/md5/b' }],
  ['another query', 'signature_invalid', 'ann', { target: '/md5?a=1', sent: '/md5?a=2' }],
  ['a path of which it is the end', 'signature_invalid', 'ann', { target: '/md5/x/md5', sent: '/x/md5' }],
  ['another host’s target', 'signature_invalid', 'ann', { target: '/md5', uri: 'https://else.test/md5' }],
  ['another method', 'signature_invalid', 'ann', { target: '/md5', method: 'POST' }],
  [
    'another user than its own',
    'signature_invalid',
    'ann',
    { target: '/md5', changed: () => ({ username: 'bob', response: '0'.repeat(32) }) },
  ],
  [
    'a user whom the scope does not have',
    'signature_out_of_scope',
    'ann',
    { host: own, target: '/md5', username: 'eve' },
  ],
  [
    'an integrity that is not made anew',
    'signature_unsupported',
    'ann',
    { target: '/md5', changed: () => ({ qop: 'auth-int' }) },
  ],
  [
    'an algorithm that nobody knows',
    'signature_unsupported',
    'ann',
    { target: '/md5', changed: () => ({ algorithm: 'MD6', response: '0' }) },
  ],
  ['no count', 'signature_invalid', 'ann', { target: '/md5', changed: () => ({ nc: '', response: '0'.repeat(32) }) }],
]
for (const [what, code, username, how] of denials) {
  test(`SEC-12: an answer with ${what} is refused as ${code}, and nothing is dialled`, async () => {
    const { status, code: got, dialled } = await visit(username, how)
    assert.deepEqual([status, got, dialled], [403, code, 0])
  })
}

const malformed: readonly (readonly [string, (good: string) => string])[] = [
  ['one word twice', (good) => `${good}, uri="/md5/other"`],
  ['a quote that does not end', (good) => `${good}, x="`],
  ['a word without a value', (good) => `${good}, stale`],
  ['nothing in it', () => 'Digest '],
  ['no target', (good) => good.replace(/uri="[^"]*", /, '')],
]
for (const [what, write] of malformed) {
  test(`SEC-12: an answer with ${what} is refused, and nothing is dialled`, async () => {
    const bare = await inside.send({ host: open, target: '/md5' })
    const answerer = { username: 'ann', password: inside.placeholder('ANN'), uri: '/md5' }
    const good = answerChallenge(String(bare.headers['www-authenticate']), answerer)
    const { dials } = origin
    const received = await inside.send({ host: open, target: '/md5', headers: [['Authorization', write(good)]] })
    assert.equal(received.code, 'signature_invalid')
    assert.equal(origin.dials, dials)
  })
}

test('R-60: a placeholder in any word of an answer is refused', async () => {
  for (const word of ['opaque', 'nonce', 'cnonce', 'username']) {
    const changed = (): DigestWords => ({ [word]: inside.placeholder('ANN') })
    const username = word === 'username' ? inside.placeholder('ANN') : 'ann'
    const { code } = await visit('ann', { target: '/md5', username, changed })
    assert.equal(code, 'placeholder_undeclared_place', word)
  }
})

test('SEC-11: a foreign token in a word of an answer is refused', async () => {
  const changed = (): DigestWords => ({ cnonce: `ghp_${'a1B2'.repeat(9)}` })
  assert.equal((await visit('ann', { target: '/md5', changed })).code, 'foreign_credential')
})

test('SEC-12: an answer with the placeholder of another sandbox is refused, and an alarm', async () => {
  const other = await world.createSandbox({ secrets: { ANN: 'ann' } })
  const { code } = await visit('ann', { target: '/md5', password: other.placeholder('ANN') })
  assert.equal(code, 'signature_invalid')
  assert.equal((await world.events()).at(-1)?.event.kind, 'alarm.raised')
  await other.end()
})

test('V5: a password that was changed is the one that the next answer is made with', async () => {
  const scopes: Scope[] = [
    {
      to: open,
      inject: { kind: 'digest' },
      pin: { address: '127.0.0.1', port: origin.port },
      roots: root.certificate,
    },
  ]
  await world.client.secrets.create({ name: 'turning', value: 'an-old-password-of-bob', scopes })
  const turned = await world.createSandbox({ secrets: { BOB: 'turning' } })
  const ask = async (): Promise<Received> => {
    const bare = await turned.send({ host: open, target: '/md5' })
    const answerer = { username: 'bob', password: turned.placeholder('BOB'), uri: '/md5' }
    const authorization = answerChallenge(String(bare.headers['www-authenticate']), answerer)
    return turned.send({ host: open, target: '/md5', headers: [['Authorization', authorization]] })
  }
  const refused = await ask()
  assert.equal(refused.status, 401)
  assert.match(String(refused.headers['www-authenticate']), /^Digest /)
  await world.client.secrets.rotate('turning', accounts.bob)
  assert.equal((await ask()).status, 200)
  await turned.end()
})
