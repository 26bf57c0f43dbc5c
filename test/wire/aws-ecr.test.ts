import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { ecrApi, ecrManifest, ecrRegistry, startEcrService } from '../fixtures/ecr-service.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { absoluteForm, type Place, sendBy } from './ways-in.ts'
import { openWorld, type Received } from './world.ts'

const root = createTlsRoot()
const pair = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'Real/Key+'.repeat(5).slice(0, 40) }
const manifest = '/v2/acme/shop/manifests/1'

async function openScene(value: object = pair) {
  await using opening = new AsyncDisposableStack()
  const service = opening.use(await startEcrService(root, pair))
  const world = opening.use(await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } }))
  const reach = { pin: { address: '127.0.0.1', port: service.server.port }, roots: root.certificate }
  const scopes = [ecrRegistry, ecrApi].map(
    (to): Scope => ({
      to,
      inject: { kind: 'aws-ecr', region: 'eu-central-1' },
      ...reach,
    }),
  )
  await world.client.secrets.create({ name: 'images', value: JSON.stringify(value), scopes })
  const sandbox = await world.client.sandboxes.create({ secrets: { IMAGES: 'images' }, from: ['127.0.0.1'] })
  const place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } } as unknown as Place
  const placeholder = sandbox.connect.env['IMAGES']!
  const ending = opening.move()
  return {
    world,
    service,
    sandbox,
    placeholder,
    pull: (user = 'AWS', password = placeholder, host = ecrRegistry, target = manifest) =>
      sendBy(absoluteForm, place, {
        secret: 'images',
        host,
        target,
        headers: [['Authorization', `Basic ${btoa(`${user}:${password}`)}`]],
      }),
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  }
}

test('G7, AC-5.5: a registry of ECR gets the password that its service gives for the keys, and nothing real is seen inside', async () => {
  await using scene = await openScene()
  const { service, world } = scene
  for (let round = 0; round < 2; round++) {
    const { status, text } = await scene.pull()
    assert.deepEqual([status, text], [200, ecrManifest])
  }
  assert.deepEqual(service.asked, [['AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken', '{}']])
  service.end()
  assert.equal((await scene.pull()).status, 401, 'what the service took back is not sent a second time by itself')
  const told = JSON.stringify(await world.events())
  for (const text of [pair.secretAccessKey, ...service.given]) assert.ok(!told.includes(text))
  assert.ok((await world.events()).some(({ event }) => event.kind === 'derivation.completed' && event.host === ecrApi))
})

test('AC-10.1: a registry that says what it was sent says the placeholder', async () => {
  await using scene = await openScene()
  const { status, text } = await scene.pull('AWS', scene.placeholder, ecrRegistry, '/v2/echo')
  assert.equal(status, 200)
  const [password] = scene.service.given
  for (const real of [password!, btoa(`AWS:${password}`).replace(/=+$/, '')]) assert.ok(!text.includes(real))
  assert.match(text, /"authorization":"Basic /)
})

test('SEC-12: another user, another password and the keys themselves get no password, and none is asked for', async () => {
  await using scene = await openScene()
  const { placeholder, service } = scene
  for (const [user, password] of [
    ['ann', placeholder],
    [placeholder, 'AWS'],
    ['AWS', 'somebody-elses-password'],
    ['AWS', pair.secretAccessKey],
  ] as const) {
    const { code, status } = await scene.pull(user, password)
    assert.deepEqual([status, typeof code], [403, 'string'], user)
  }
  assert.deepEqual([service.asked, service.shown], [[], []])
})

test('SEC-09: where a scope covers the service that gives out passwords, nothing is signed for a client inside', async () => {
  await using scene = await openScene()
  const { status, text } = await scene.pull('AWS', scene.placeholder, ecrApi)
  assert.equal(status, 400)
  assert.equal(scene.service.asked.length, 1, 'the question of the broker alone is signed')
  for (const password of scene.service.given) assert.ok(!text.includes(password))
})

test('G7: keys that the service does not know mark the secret, and are not shown to it again', async () => {
  await using scene = await openScene({ ...pair, secretAccessKey: 'Other/Key'.repeat(5).slice(0, 40) })
  for (let turn = 0; turn < 2; turn++) {
    const { code, status } = await scene.pull()
    assert.deepEqual([status, code], [503, 'sign_in_needed'])
  }
  assert.equal(scene.service.server.requests.length, 1)
  assert.equal((await scene.world.client.secrets.get('images')).problem, 'sign_in_needed')
})

test('G7: rules hold a sandbox to repositories', async () => {
  await using scene = await openScene()
  const rules = [{ effect: 'allow', methods: ['GET'], paths: ['/v2/', '/v2/acme/shop/**'] }] as const
  await scene.world.client.secrets.update('images', { rules: { default: 'deny', rules } })
  const pull = (target: string) => scene.pull('AWS', scene.placeholder, ecrRegistry, target)
  for (const target of ['/v2/', manifest]) assert.equal((await pull(target)).status, 200, target)
  for (const target of ['/v2/_catalog', '/v2/acme/other/manifests/1'])
    assert.deepEqual(errorsIn(await pull(target)), ['DENIED', 'rule_denied'], target)
  assert.deepEqual(scene.service.shown, ['acme/shop'])
})

test('G7: skopeo looks at an image of ECR by the placeholder', { skip: skipWithout('skopeo') }, async () => {
  await using scene = await openScene()
  using folder = makeTemporaryHome()
  const { sandbox, world } = scene
  const proxy = new URL(world.broker.proxyUrl!)
  proxy.username = sandbox.id
  proxy.password = sandbox.token
  const ca = join(folder.path, 'ca.pem')
  writeFileSync(ca, sandbox.connect.ca)
  const look = (password: string) => {
    const args = ['inspect', '--raw', '--creds', `AWS:${password}`, `docker://${ecrRegistry}/acme/shop:1`]
    const env = { HTTPS_PROXY: proxy.href, SSL_CERT_FILE: ca, HOME: folder.path, PATH: '/usr/bin:/bin' }
    return runToEnd(['skopeo', ...args], { env })
  }
  const { code, stderr, stdout } = await look(scene.placeholder)
  assert.deepEqual([code, stdout], [0, ecrManifest], stderr)
  assert.deepEqual(scene.service.shown, ['acme/shop'])
  assert.notEqual((await look('a-wrong-password-0123')).code, 0)
})

/** What a client of a registry reads. */
function errorsIn({ text }: Received): unknown {
  const [{ code, detail }] = JSON.parse(text).errors
  return [code, detail.code]
}
