import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { BrokerOptions } from '@coatcheck/broker'
import type { CreatedSandbox } from '@coatcheck/contract'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startTokenService, type TokenService } from '../fixtures/token-service.ts'
import { absoluteForm, type Place, sendBy } from './ways-in.ts'
import { type Inside, openWorld, type World } from './world.ts'

const api = 'api.service.test'
const auth = 'auth.service.test'
const root = createTlsRoot()
const firstToken = 'real-refresh-token-0-zzzzzzzzzzzzzzzzzz'
const proxy = { listen: { host: '127.0.0.1', port: 0 } }

/** Two brokers of one home, a sign-in in it, and a sandbox that comes in by the doors of both. */
async function openBrokers(service: TokenService, stack: AsyncDisposableStack, options: Partial<BrokerOptions> = {}) {
  const home = makeTemporaryHome()
  const kept = { path: home.path, [Symbol.dispose]: () => {} }
  const settings = { proxy, ...options.settings }
  const first = stack.use(await openWorld({ ...options, settings }, home))
  const socketPath = join(home.path, 'run', 'other.sock')
  const second = stack.use(await openWorld({ ...options, settings: { proxy }, socketPath }, kept))
  const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
  const inject = { kind: 'oauth2', grant: 'refresh-token', tokenUrl: `https://${auth}/token` }
  const scopes = [api, auth].map((to) => ({ to, inject, ...reach }))
  const value = JSON.stringify({ client_id: 'the-client', refresh_token: firstToken })
  await first.client.secrets.create({ name: 'key', value, scopes })
  const sandbox = await first.client.sandboxes.create({ secrets: { KEY: 'key' }, from: ['127.0.0.1'] })
  return { first, second, sandbox }
}

/** Fifty requests at one time, by both doors. */
async function callOften(worlds: readonly World[], sandbox: CreatedSandbox): Promise<void> {
  const headers = [['Authorization', `Bearer ${sandbox.connect.env['KEY']}`]] as const
  const calls = Array.from({ length: 50 }, (_, index) => {
    const { broker } = worlds[index % worlds.length]!
    const place: Place = { proxyUrl: broker.proxyUrl!, inside: { sandbox } as Inside }
    return sendBy(absoluteForm, place, { host: api, secret: 'key', target: `/v1/${index}`, headers })
  })
  const answers = await Promise.all(calls)
  assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)), new Set(['200 {"ok":true}']))
}

const shownTo = ({ asked }: TokenService): readonly (string | undefined)[] =>
  asked.map(({ form }) => form['refresh_token'])

test('AC-5.1, R-110: 50 requests at the end of a token, at two brokers of one home, cause one refresh', async () => {
  let offsetMs = 0
  const clock = {
    now: () => new Date(Date.now() + offsetMs),
    monotonicMs: () => performance.now() + offsetMs,
  }
  await using stack = new AsyncDisposableStack()
  const service = stack.use(await startTokenService({ root, refreshToken: firstToken }))
  const { first, second, sandbox } = await openBrokers(service, stack, { clock })
  for (const round of [1, 2, 3]) {
    await callOften([first, second], sandbox)
    assert.equal(service.asked.length, round)
    offsetMs += 3_541_000
  }
  assert.deepEqual(shownTo(service), [firstToken, service.given[0], service.given[2]])
  for (const world of [first, second]) assert.equal((await world.client.secrets.get('key')).version, 4)
})

test('AC-5.1, R-110: the same with workers at one of the doors', async () => {
  await using stack = new AsyncDisposableStack()
  const service = stack.use(await startTokenService({ root, refreshToken: firstToken, expiresIn: 8 }))
  const { first, second, sandbox } = await openBrokers(service, stack, { settings: { workers: 2 } })
  await callOften([first, second], sandbox)
  assert.equal(service.asked.length, 1)
  // A token of eight seconds is used for six.
  await delay(6_100)
  await callOften([first, second], sandbox)
  assert.deepEqual(shownTo(service), [firstToken, service.given[0]])
})

test('AC-5.3: a sign-in that is dead is marked by each broker, and a new one is used by both at once', async () => {
  await using stack = new AsyncDisposableStack()
  const service = stack.use(await startTokenService({ root, refreshToken: 'another' }))
  const { first, second, sandbox } = await openBrokers(service, stack)
  const headers = [['Authorization', `Bearer ${sandbox.connect.env['KEY']}`]] as const
  const callAt = ({ broker }: World) => {
    const place: Place = { proxyUrl: broker.proxyUrl!, inside: { sandbox } as Inside }
    return sendBy(absoluteForm, place, { host: api, secret: 'key', target: '/v1/x', headers })
  }
  for (const world of [first, second, first, second]) assert.equal((await callAt(world)).code, 'sign_in_needed')
  assert.deepEqual(service.called, [])
  service.endSignIn('a-new-sign-in-of-some-length')
  const value = JSON.stringify({ client_id: 'the-client', refresh_token: 'a-new-sign-in-of-some-length' })
  await second.client.secrets.rotate('key', value)
  for (const world of [first, second]) assert.equal((await callAt(world)).status, 200)
  assert.equal(shownTo(service).filter((token) => token === 'a-new-sign-in-of-some-length').length, 1)
})
