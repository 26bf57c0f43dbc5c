import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { CreatedKey, KeyView } from '@coatcheck/contract'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { ask, bearer, type KeyScene, openKeyScene } from '../wire/key-scene.ts'
import { type Ended, jsonHere, runHere } from './in-this-process.suite.ts'

let scene: KeyScene
let coatcheck: CoatcheckCommand
before(async () => {
  scene = await openKeyScene()
  coatcheck = makeCoatcheckCommand(scene.world.home)
})
after(async () => {
  await scene[Symbol.asyncDispose]()
})

const create = ['key', 'create', '--provider', 'stripe', '--cap', '50/day', '--allow', 'POST /v1/payment_intents']
const json = <Output>(args: readonly string[]): Promise<Output> => jsonHere(coatcheck, scene.world.home, args)
const run = (args: readonly string[]): Promise<Ended> => runHere(coatcheck, scene.world.home, args)

test('G3: a key is issued with one line, used, listed, shown and revoked; its text is shown once', async () => {
  const made = await json<CreatedKey>([...create, '--expires', '30m'])
  assert.deepEqual(made.caps, [{ unit: 'usd', limit: 50, window: 'day' }])
  assert.equal(made.env['STRIPE_SECRET_KEY'], made.key)
  assert.equal(made.baseUrl, `${scene.door}/proxy/stripe`)
  assert.equal(made.env['STRIPE_API_BASE'], made.baseUrl)
  const pay = { method: 'POST', path: '/v1/payment_intents', headers: bearer(made.key), body: 'amount=1&currency=usd' }
  assert.equal((await ask(made.rootUrl!, pay)).status, 200)
  const listed = await json<readonly KeyView[]>(['key', 'list'])
  assert.deepEqual(
    listed.map(({ id, status }) => [id, status]),
    [[made.id, 'active']],
  )
  const shown = await run(['key', 'show', made.id])
  assert.match(shown.stdout, /allow +POST \/v1\/payment_intents/)
  assert.match(shown.stdout, /caps +50usd\/day/)
  assert.ok(![JSON.stringify(listed), shown.stdout].some((text) => text.includes(made.key)))
  assert.match((await run(['key', 'revoke', made.id])).stdout, /is revoked/)
  assert.equal((await ask(made.rootUrl!, pay)).code, 'key_revoked')
  assert.match((await run(['key', 'list'])).stdout, /stripe +revoked +50usd\/day/)
  assert.equal((await run(['key', 'show', 'key_none'])).code, 3)
})

test('a key that is written into a file is not shown', async () => {
  const file = join(scene.world.home, 'agent.key')
  const made = await run([...create, '--cap', '3requests/total', '--expires', '1h', '--label', 'ci 7', '--out', file])
  assert.equal(made.code, 0, made.stderr)
  const key = readFileSync(file, 'utf8').trim()
  assert.match(key, /vk_[0-9a-z]{20}_[0-9A-Za-z]{43}$/)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.ok(!made.stdout.includes(key))
  const inJson = await run([...create, '--expires', '1h', '--json', '--out', join(scene.world.home, 'second.key')])
  assert.doesNotMatch(inJson.stdout, /vk_/)
})
