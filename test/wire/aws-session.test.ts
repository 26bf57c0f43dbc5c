import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { s3, sts } from '../fixtures/minting-service.ts'
import { type SigningScope, signInField } from '../fixtures/sign-request.ts'
import { type MintingPlace, openMintingScene } from './minting-scene.ts'

const pair = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'Real/Key+'.repeat(5).slice(0, 40) }
const policy =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::shop/*"}}'
const role = 'arn:aws:iam::123456789012:role/agents'
const inject: InjectorSpec = {
  kind: 'aws-session',
  region: 'eu-central-1',
  role,
  policy,
  seconds: '900',
  services: ['s3'],
}

const openScene = (further: Partial<InjectorSpec> = {}, value: object = pair) =>
  openMintingScene({
    pair,
    value: JSON.stringify(value),
    variable: 'AWS',
    scopes: [s3, sts].map((to) => ({ to, inject: { ...inject, ...further } })),
  })

/** Signs as a client inside does, with what stands in its variables. */
function get({ env, send }: MintingPlace, host = s3, scope: SigningScope = {}, secretAccessKey = pairOf(env)[1]) {
  const keys = { accessKeyId: pairOf(env)[0], secretAccessKey }
  const target = '/shop/receipt'
  const headers = signInField({ host, target, headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, keys, scope)
  return send({ host, target, headers })
}

function pairOf(env: Readonly<Record<string, string>>): readonly [string, string] {
  const names = Object.keys(env)
  const secret = names.find((name) => env[name]!.startsWith('coatcheck_sign_'))!
  const id = names.find((name) => env[name]!.startsWith('AKIA0'))!
  return [env[id]!, env[secret]!]
}

test('G7: keys for a session with a policy sign what the client signed with its placeholder, and each grant has its own', async () => {
  await using scene = await openScene()
  const { service } = scene
  const [one, other] = [await scene.enter(), await scene.enter()]
  for (const place of [one, one, other]) {
    const { status, text } = await get(place)
    assert.equal(status, 200, text)
  }
  const [first, second, ...more] = service.mintings
  assert.deepEqual(more, [])
  const { RoleSessionName: name, ...asked } = first!.asked
  assert.match(String(name), /^coatcheck-grt_[0-9a-z]{20}$/)
  assert.notEqual(second!.asked['RoleSessionName'], name)
  assert.deepEqual(asked, {
    Action: 'AssumeRole',
    Version: '2011-06-15',
    DurationSeconds: '900',
    RoleArn: role,
    Policy: policy,
  })
  assert.deepEqual(
    service.taken.map(([, , number]) => number),
    [1, 1, 2],
  )
  const told = JSON.stringify(await scene.world.events())
  for (const text of [pair.secretAccessKey, ...service.given]) assert.ok(!told.includes(text))
})

test('G7: without a role, its user gets keys that are good for less', async () => {
  await using scene = await openScene({ role: undefined })
  assert.equal((await get(await scene.enter())).status, 200)
  const { Name: name, Action: action } = scene.service.mintings[0]!.asked
  assert.equal(action, 'GetFederationToken')
  assert.match(String(name), /^coatcheck-grt_[0-9a-z]{18}$/)
})

test('SEC-12: a signature that is not the placeholder’s is refused before anything is asked for', async () => {
  await using scene = await openScene()
  const { status, code } = await get(await scene.enter(), s3, {}, pair.secretAccessKey)
  assert.deepEqual([status, code], [403, 'signature_invalid'])
  assert.deepEqual(scene.service.mintings, [])
})

test('SEC-09: a sandbox cannot have a question to STS signed, whether or not the scope names services', async () => {
  for (const services of [['s3'], undefined]) {
    await using scene = await openScene({ services })
    const place = await scene.enter()
    const { status, code } = await get(place, sts, { service: 'sts' })
    assert.deepEqual([status, code], [403, 'signature_out_of_scope'])
    assert.deepEqual(scene.service.mintings, [])
  }
})

test('a pair that STS does not know marks the secret, and nothing is asked again with it', async () => {
  await using scene = await openScene({}, { ...pair, secretAccessKey: 'Other/Key'.repeat(5).slice(0, 40) })
  const place = await scene.enter()
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, code } = await get(place)
    assert.deepEqual([status, code], [503, 'sign_in_needed'])
  }
  assert.equal(scene.service.faults.length, 1)
  assert.equal((await scene.world.client.secrets.get('key')).problem, 'sign_in_needed')
})
