import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { type KeyScene, openKeyScene } from '../wire/key-scene.ts'

/** What became of each call of an agent. */
interface Said {
  readonly [call: string]: { readonly status: number; readonly id?: string; readonly code?: string | null }
}

/** What a platform tells at its end. */
interface Told {
  readonly used: Said
  readonly revoked: Said
  /** Of a key that revokes another one, and itself. */
  readonly statuses: readonly number[]
  readonly after: Said
  /** Environment of an agent whose key nobody revoked. */
  readonly left: Readonly<Record<string, string>>
}

const python = '/usr/bin/python3'
const folder = join(import.meta.dirname, 'platform')
const skip = skipWithout(python, 'python3-requests', 'python3-stripe')
// Debian has httpx too, with ten packages behind it: where it is not, its two calls are made by requests.
const hasHttpx = existsSync('/usr/lib/python3/dist-packages/httpx/__init__.py')
const further: Readonly<Record<string, string>> = hasHttpx ? {} : { PYTHONPATH: join(folder, 'without-httpx') }

let aheadMs = 0
const clock = { now: () => new Date(Date.now() + aheadMs), monotonicMs: () => performance.now() + aheadMs }
let scene: KeyScene
let told: Told

before(async () => {
  if (skip !== false) return
  scene = await openKeyScene({ settings: { api: { listen: { host: '127.0.0.1', port: 0 } } }, clock })
  const { token } = await scene.world.client.tokens.create({ name: 'platform', role: 'operator' })
  const env = { API_URL: scene.world.broker.apiUrl!, PROXY_URL: scene.door, PLATFORM_TOKEN: token, ...further }
  const { code, stderr, stdout } = await runToEnd([python, '-B', join(folder, 'start-sandboxes.py')], { env })
  assert.equal(code, 0, stderr)
  told = JSON.parse(stdout) as Told
})

after(() => scene?.[Symbol.asyncDispose]())

const refusedEverywhere = (said: Said): boolean => Object.values(said).every(({ status }) => status === 401)

test('G3, G4: the published client of Python pays up to the cap, and makes no call that was not allowed', {
  skip,
}, () => {
  assert.deepEqual(told.used, {
    pays: { status: 200, id: 'pi_1' },
    reads: { status: 200, id: 'pi_1' },
    pays_too_much: { status: 429, code: 'cap_reached' },
    pays_out: { status: 403, code: 'rule_denied' },
    lists_customers: { status: 403, code: 'rule_denied' },
  })
  assert.ok(
    scene.arrived.every((line) => line.endsWith(' bearer')),
    String(scene.arrived),
  )
})

test('G5: what the platform revokes is refused from then on, and a key revokes itself and no other', { skip }, () => {
  assert.ok(refusedEverywhere(told.revoked), JSON.stringify(told.revoked))
  assert.deepEqual(told.statuses, [401, 204])
  assert.ok(refusedEverywhere(told.after), JSON.stringify(told.after))
})

test('G5: a key that nobody revoked is refused once its time is over', { skip }, async () => {
  const agent = async (): Promise<Said> => {
    const { code, stderr, stdout } = await runToEnd([python, '-B', join(folder, 'agent.py')], { env: told.left })
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as Said
  }
  assert.equal((await agent())['reads']?.status, 200)
  aheadMs = 31 * 60_000
  assert.ok(refusedEverywhere(await agent()))
})
