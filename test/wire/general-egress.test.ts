import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { CreatedSandbox, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { doorWays, type Place, sendBy } from './ways-in.ts'
import { type Inside, openWorld, type World } from './world.ts'

const api = 'api.service.test'
const open = 'open.service.test'
const denied = 'denied.service.test'
const authorities = [
  `${api}:443`,
  `${open}:443`,
  `${denied}:443`,
  'other.service.test:443',
  `sub.${api}:443`,
  'service.test:443',
  `${api}:8443`,
  `${api}:80`,
  `${open}:8443`,
]

describe('network rules and secrets are settled apart', { skip: skipWithout('openssl') }, () => {
  const root = createTlsRoot()
  let origin: VerifyingServer
  let world: World
  let sandbox: CreatedSandbox

  before(async () => {
    origin = await startOrigin({ root, hosts: { [api]: 'public', [open]: 'public' } })
    world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
    const pin = { address: '127.0.0.1', port: origin.port }
    const scope = (to: string): Scope => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
    for (const [name, host] of [
      ['api', api],
      ['open', open],
    ] as const)
      await world.client.secrets.create({ name, value: makeCanary('sk-').value, scopes: [scope(host)] })
    const network = { allow: [{ to: open, pin }], deny: [denied] }
    sandbox = await world.client.sandboxes.create({ network })
  })
  after(async () => {
    await world?.[Symbol.asyncDispose]()
    await origin?.close()
  })

  /** What happens to connections to each authority: `tunnel`, `inspect` or `deny`. */
  async function verdicts(): Promise<Readonly<Record<string, string>>> {
    const found: Record<string, string> = {}
    for (const authority of authorities) {
      const asked = { sandbox: sandbox.id, method: 'GET', url: `https://${authority}/json`, headers: [] }
      found[authority] = (await world.client.explain(asked)).network?.effect ?? 'none'
    }
    return found
  }

  test('AC-3.3: a secret opens its own host and port, and nothing else; detached, that is closed again', async () => {
    const before = await verdicts()
    const closed = Object.fromEntries(authorities.map((authority) => [authority, 'deny']))
    assert.deepEqual(before, { ...closed, [`${open}:443`]: 'tunnel' })
    await world.client.sandboxes.attach(sandbox.id, 'API_KEY', { secret: 'api' })
    assert.deepEqual(await verdicts(), { ...before, [`${api}:443`]: 'inspect' })
    await world.client.sandboxes.attach(sandbox.id, 'OPEN_KEY', { secret: 'open' })
    assert.deepEqual(await verdicts(), { ...before, [`${api}:443`]: 'inspect', [`${open}:443`]: 'inspect' })
    const place: Place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } as Inside }
    const bare = await sendBy(doorWays[0]!, place, { host: open, secret: 'open', target: '/json' })
    assert.equal(bare.status, 200, 'what was reached without a secret is reached without it now')
    for (const env of ['API_KEY', 'OPEN_KEY']) await world.client.sandboxes.detach(sandbox.id, env)
    assert.deepEqual(await verdicts(), before)
  })

  test('AC-3.3: a network rule opens a host, and lets no secret go there', async () => {
    const { placeholder } = await world.client.sandboxes.attach(sandbox.id, 'API_KEY', { secret: 'api' })
    const before = (await world.client.sandboxes.get(sandbox.id)).grants
    await world.client.sandboxes.update(sandbox.id, { network: { allow: ['more.service.test'] } })
    assert.deepEqual((await world.client.sandboxes.get(sandbox.id)).grants, before)
    const explained = await world.client.explain({
      sandbox: sandbox.id,
      method: 'GET',
      url: 'https://more.service.test/json',
      headers: [{ name: 'Authorization', value: 'Bearer $API_KEY' }],
    })
    assert.ok(placeholder.length > 0)
    assert.ok(explained.grants.every(({ scopes }) => scopes.every(({ differs }) => differs.includes('host'))))
  })
})
