import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type BundledScript, bundleScript } from '../fixtures/bundled-script.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startTokenService, type TokenService } from '../fixtures/token-service.ts'
import { poll } from '../wire/poll.ts'
import { type Inside, openWorld } from '../wire/world.ts'
import { brokerScript, ChildBroker } from './child-broker.ts'

const kills = 5
const api = 'api.service.test'
const auth = 'auth.service.test'
const root = createTlsRoot()
const home = makeTemporaryHome()
const compileCache = makeTemporaryHome()
const firstToken = 'real-refresh-token-0-zzzzzzzzzzzzzzzzzz'

let script: BundledScript
before(async () => {
  script = await bundleScript(brokerScript)
})
after(() => {
  for (const each of [script, home, compileCache]) each[Symbol.dispose]()
})

async function openBroker(): Promise<ChildBroker> {
  const broker = new ChildBroker({ home: home.path, script: script.path, compileCache: compileCache.path })
  await broker.loaded
  await broker.start()
  return broker
}

function call(inside: Inside): ReturnType<Inside['send']> {
  return inside.send({ host: api, headers: [['Authorization', `Bearer ${inside.placeholder('KEY')}`]] })
}

/** Makes a secret that is a sign-in at this service. */
async function signIn({ client }: Pick<ChildBroker, 'client'>, name: string, { port }: TokenService): Promise<void> {
  const reach = { pin: { address: '127.0.0.1', port }, roots: root.certificate }
  const inject = { kind: 'oauth2', grant: 'refresh-token', tokenUrl: `https://${auth}/token` }
  const scopes = [api, auth].map((to) => ({ to, inject, ...reach }))
  const value = JSON.stringify({ client_id: 'the-client', refresh_token: firstToken })
  await client.secrets.create({ name, value, scopes })
}

const shownTo = ({ asked }: TokenService): readonly (string | undefined)[] =>
  asked.map(({ form }) => form['refresh_token'])

test('AC-5.2: a broker that is killed when it uses what a refresh gave has stored it, and the next one asks nothing', async () => {
  await using service = await startTokenService({ root, refreshToken: firstToken })
  for (let round = 1; round <= kills; round += 1) {
    const broker = await openBroker()
    try {
      if (round === 1) await signIn(broker, 'once', service)
      // The first byte that is sent with the new access token is the moment of the kill.
      service.onCall = () => broker.kill()
      const inside = await broker.createSandbox({ secrets: { KEY: 'once' } })
      await assert.rejects(call(inside))
      assert.deepEqual(shownTo(service), [firstToken])
    } finally {
      await broker.kill()
    }
  }
  service.onCall = undefined
  const broker = await openBroker()
  try {
    const inside = await broker.createSandbox({ secrets: { KEY: 'once' } })
    assert.equal((await call(inside)).status, 200)
    assert.equal((await broker.client.secrets.get('once')).version, 2)
  } finally {
    await broker.stop()
  }
})

/** When a broker is killed: at the question, before it is answered, or some time after the answer was sent, in milliseconds. */
const moments = ['question', 0, 1, 2, 4, 8, 16, 32] as const
test('AC-5.2: whenever a broker is killed over a refresh, the next one goes on, and shows no token twice that another one followed', async () => {
  await using services = new AsyncDisposableStack()
  let broker = await openBroker()
  try {
    for (const [index, moment] of moments.entries()) {
      const service = services.use(await startTokenService({ root, refreshToken: firstToken, isGraceful: true }))
      const name = `key-${index}`
      await signIn(broker, name, service)
      const inside = await broker.createSandbox({ secrets: { KEY: name } })
      const dying = broker
      const { promise: killed, resolve } = Promise.withResolvers<void>()
      const kill = (): void => resolve(dying.kill())
      service.misbehave = (response) => {
        if (moment === 'question') kill()
        else response.once('finish', () => setTimeout(kill, moment))
        return moment === 'question'
      }
      // Where the kill comes late, the request has gone through.
      await call(inside).catch(() => {})
      await killed
      service.misbehave = undefined
      broker = await openBroker()
      const next = await broker.createSandbox({ secrets: { KEY: name } })
      assert.equal((await call(next)).status, 200, String(moment))
      const shown = shownTo(service)
      assert.ok(shown.length <= 2, String(moment))
      for (const token of shown) assert.ok([firstToken, service.given[0]].includes(token), String(moment))
      assert.equal((await broker.client.secrets.get(name)).problem, undefined)
    }
  } finally {
    await broker.kill()
  }
})

test('AC-5.2, R-110: where a broker is killed while it asks, another one of the home asks after it, and not before', async () => {
  await using service = await startTokenService({ root, refreshToken: firstToken })
  const broker = await openBroker()
  const kept = { path: home.path, [Symbol.dispose]: () => {} }
  await using world = await openWorld({ socketPath: join(home.path, 'run', 'other.sock') }, kept)
  try {
    await signIn(broker, 'turns', service)
    const [first, second] = [
      await broker.createSandbox({ secrets: { KEY: 'turns' } }),
      await world.createSandbox({ secrets: { KEY: 'turns' } }),
    ]
    service.misbehave = () => true
    const lost = assert.rejects(call(first))
    await poll(() => service.asked.length === 1 || undefined)
    const waiting = call(second)
    await delay(200)
    assert.equal(service.asked.length, 1, 'one at a time')
    service.misbehave = undefined
    await broker.kill()
    await lost
    assert.equal((await waiting).status, 200)
    assert.deepEqual(shownTo(service), [firstToken, firstToken])
  } finally {
    await broker.kill()
  }
})
