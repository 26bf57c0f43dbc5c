import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { googleCredentials, googleStorage, googleTokens } from '../fixtures/minting-service.ts'
import { type MintingPlace, openMintingScene } from './minting-scene.ts'

const email = 'robot@a-project.iam.gserviceaccount.com'
const narrow = 'reader@a-project.iam.gserviceaccount.com'
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const value = JSON.stringify({
  type: 'service_account',
  private_key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  client_email: email,
})
const readOnly = 'https://www.googleapis.com/auth/devstorage.read_only'
const inject: InjectorSpec = {
  kind: 'gcp-service-account',
  oauthScopes: [readOnly],
  impersonate: narrow,
  seconds: '600',
}
const account = { email, key: keys.publicKey }
const openScene = (hosts = [googleStorage, googleTokens, googleCredentials]) =>
  openMintingScene({ account, value, scopes: hosts.map((to) => ({ to, inject })) })

const call = ({ env, send }: MintingPlace, host = googleStorage, target = '/storage/v1/b') =>
  send({ host, target, headers: [['Authorization', `Bearer ${env['KEY']}`]] })

test('G7: tokens of another account are asked for in two steps; each grant has its own, and none sees the first', async () => {
  await using scene = await openScene()
  const { service, world } = scene
  const [one, other] = [await scene.enter(), await scene.enter()]
  for (const place of [one, one, other]) {
    const { status, text } = await call(place)
    assert.equal(status, 200, text)
  }
  const steps = [
    [googleTokens, { scope: 'https://www.googleapis.com/auth/iam' }],
    [googleCredentials, { scope: [readOnly], lifetime: '600s' }],
  ]
  assert.deepEqual(
    service.mintings.map(({ host, asked }) => [host, asked]),
    [...steps, ...steps],
  )
  assert.equal(service.mintings[1]!.path, `/v1/projects/-/serviceAccounts/${narrow}:generateAccessToken`)
  assert.deepEqual(
    service.taken.map(([, , number]) => number),
    [2, 2, 4],
  )
  const events = (await world.events()).map(({ event }) => event)
  const kinds = events.filter(({ kind }) => kind.startsWith('derivation.')).map(({ kind, host }) => `${kind} ${host}`)
  assert.deepEqual(kinds.slice(0, 4), [
    `derivation.intended ${googleTokens}`,
    `derivation.completed ${googleTokens}`,
    `derivation.intended ${googleCredentials}`,
    `derivation.completed ${googleCredentials}`,
  ])
  const told = JSON.stringify(events)
  for (const text of service.given) assert.ok(!told.includes(text))
})

test('SEC-09: a sandbox cannot ask for tokens of an account itself', async () => {
  await using scene = await openScene()
  const target = `/v1/projects/-/serviceAccounts/${narrow}:generateAccessToken`
  const place = await scene.enter()
  const { status, code } = await call(place, googleCredentials, target)
  assert.deepEqual([status, code], [403, 'call_refused'])
  assert.deepEqual(scene.service.mintings, [])
})

test('what the second step does not give is not made up for with the first', async () => {
  await using scene = await openScene()
  const { service } = scene
  service.lifeSeconds = -1
  const { status, code } = await call(await scene.enter())
  assert.deepEqual([status, code], [503, 'token_unavailable'])
  assert.deepEqual(service.taken, [])
})
