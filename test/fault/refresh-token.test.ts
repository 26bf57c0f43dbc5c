import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BundledScript, bundleScript } from '../fixtures/bundled-script.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startTokenService } from '../fixtures/token-service.ts'
import type { Inside } from '../wire/world.ts'
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

test('AC-5.2: a broker that is killed when it uses what a refresh gave has stored the new refresh token', async () => {
  await using service = await startTokenService({ root, refreshToken: firstToken })
  const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
  const inject = { kind: 'oauth2', grant: 'refresh-token', tokenUrl: `https://${auth}/token` }
  const scopes = [api, auth].map((to) => ({ to, inject, ...reach }))
  const value = JSON.stringify({ client_id: 'the-client', refresh_token: firstToken })
  for (let round = 1; round <= kills; round += 1) {
    const broker = await openBroker()
    try {
      if (round === 1) await broker.client.secrets.create({ name: 'key', value, scopes })
      // The first byte that is sent with the new access token is the moment of the kill.
      service.onCall = () => broker.kill()
      const inside = await broker.createSandbox({ secrets: { KEY: 'key' } })
      await assert.rejects(call(inside))
      assert.equal(service.asked.length, round)
      assert.equal(service.asked.at(-1)!.form['refresh_token'], round === 1 ? firstToken : service.given.at(-4))
    } finally {
      await broker.kill()
    }
  }
  service.onCall = undefined
  const broker = await openBroker()
  try {
    const inside = await broker.createSandbox({ secrets: { KEY: 'key' } })
    assert.equal((await call(inside)).status, 200)
    assert.equal((await broker.client.secrets.get('key')).version, kills + 2)
  } finally {
    await broker.stop()
  }
})
