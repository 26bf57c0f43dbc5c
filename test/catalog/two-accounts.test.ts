import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findProvider, providers, scopesOf } from '@coatcheck/catalog'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openWorld, type World } from '../wire/world.ts'

const host = 'api.github.com'
const work = `ghp_${'Work0Account1'.repeat(3).slice(0, 36)}`
const home = `ghp_${'Home0Account1'.repeat(3).slice(0, 36)}`
const root = createTlsRoot()

let origin: VerifyingServer
let world: World
before(async () => {
  origin = await startOrigin({
    root,
    hosts: { [host]: 'public' },
    routes: [{ method: 'GET', path: /^/, answer: ({ response }) => void response.end() }],
  })
  world = await openWorld()
  const pin = { address: '127.0.0.1', port: origin.port }
  const scopes = scopesOf(findProvider('github')!).map((scope) => ({ ...scope, pin, roots: root.certificate }))
  for (const [name, value] of [
    ['work', work],
    ['home', home],
  ] as const) {
    await world.client.secrets.create({ name, value, provider: 'github', scopes })
  }
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

test('AC-4.6: of two accounts on one host, each request gets the one whose placeholder it has', async () => {
  const inside = await world.createSandbox({ secrets: { GITHUB_TOKEN: 'work', HOME_TOKEN: 'home' } })
  for (const [variable, value] of [
    ['GITHUB_TOKEN', work],
    ['HOME_TOKEN', home],
    ['GITHUB_TOKEN', work],
  ] as const) {
    const headers = [['Authorization', `Bearer ${inside.placeholder(variable)}`]] as const
    const { status, text } = await inside.send({ host, target: '/user', headers })
    assert.equal(status, 200, text)
    assert.ok(origin.requests.at(-1)!.rawHeaders.includes(`Bearer ${value}`))
  }
  await inside.end()
})

test('AC-4.6: without a placeholder neither account is taken', async () => {
  const inside = await world.createSandbox({ secrets: { GITHUB_TOKEN: 'work', HOME_TOKEN: 'home' } })
  const { status } = await inside.send({ host, target: '/user' })
  assert.equal(status, 200)
  assert.ok(!origin.requests.at(-1)!.rawHeaders.some((text) => text.toLowerCase() === 'authorization'))
  await inside.end()
})

test('AC-4.4: where a secret cannot be found, nothing is exported for it, nor for those that can', async () => {
  const { items: before } = await world.client.sandboxes.list()
  const wanted = { GITHUB_TOKEN: 'work', STRIPE_API_KEY: 'nosuch' }
  await assert.rejects(world.createSandbox({ secrets: wanted }), { code: 'secret_not_found' })
  assert.equal((await world.client.sandboxes.list()).items.length, before.length)
})

test('AC-4.4: while the vault is locked, no variable is exported', async () => {
  await world.client.vault.lock()
  await assert.rejects(world.createSandbox({ secrets: { GITHUB_TOKEN: 'work' } }), { code: 'vault_locked' })
  await world.client.vault.unlock()
})

test('AC-4.4: a sandbox has the variable that was asked for, and none of the other variables of its provider', async () => {
  const inside = await world.createSandbox({ secrets: { GITHUB_TOKEN: 'work' } })
  const others = providers.flatMap(({ variables }) => variables).filter((variable) => variable !== 'GITHUB_TOKEN')
  const exported = Object.keys(inside.sandbox.connect.env)
  assert.deepEqual(
    exported.filter((name) => others.includes(name)),
    [],
  )
  assert.ok(exported.includes('GITHUB_TOKEN'))
  await inside.end()
})
