import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { blobs, openRegistryStage, type RegistryStage, registry } from './registry-stage.ts'

const skip = skipWithout('bash', 'skopeo')
const image = `docker://${registry}/acme/shop:1`

let stages: Promise<RegistryStage> | undefined
const onStage = (): Promise<RegistryStage> => {
  stages ??= openRegistryStage()
  return stages
}
after(async () => (await stages)?.[Symbol.asyncDispose]())

test('G7: skopeo looks at an image with a login, and at one of everybody without', { skip }, async () => {
  const { run, service } = await onStage()
  const seen = await run(`skopeo inspect --creds "ann:$PULL" ${image}`)
  assert.equal(seen.exit, 0, seen.stderr)
  assert.equal(JSON.parse(seen.stdout).Architecture, 'amd64')
  assert.match(service.asked.at(-1)?.pair ?? '', /^ann:/)
  const base = await run(`skopeo inspect --no-creds docker://${registry}/library/base:1`)
  assert.equal(base.exit, 0, base.stderr)
  assert.equal(service.asked.at(-1)?.pair, undefined)
  const nobody = await run(`skopeo inspect --no-creds ${image}`)
  assert.notEqual(nobody.exit, 0)
})

test('G7: skopeo pulls an image, whose blobs are elsewhere, and shows no token there', { skip }, async () => {
  const { run, service } = await onStage()
  const pulled = await run(`skopeo copy --src-creds "ann:$PULL" ${image} dir:pulled && ls pulled`)
  assert.equal(pulled.exit, 0, pulled.stderr)
  assert.match(pulled.stdout, new RegExp(service.layer.slice('sha256:'.length)))
  const fetched = service.called.filter(({ host }) => host === blobs)
  assert.ok(fetched.length > 0)
  assert.deepEqual(new Set(fetched.map(({ authorization }) => authorization)), new Set([undefined]))
})

test('G7: skopeo logs in, keeps the placeholder, and pulls by that', { skip }, async () => {
  const { run } = await onStage()
  const script = [
    `printf %s "$PULL" | skopeo login --authfile login.json -u ann --password-stdin ${registry}`,
    `grep -q "$(printf 'ann:%s' "$PULL" | base64 -w0)" login.json`,
    `skopeo inspect --authfile login.json ${image}`,
  ]
  const { exit, stderr } = await run(script.join(' && '))
  assert.equal(exit, 0, stderr)
  const wrong = await run(
    `echo wrong-password | skopeo login --authfile other.json -u ann --password-stdin ${registry}`,
  )
  assert.notEqual(wrong.exit, 0)
})

test('G7: skopeo pushes by the login that may, to its repositories, and by no other', { skip }, async () => {
  const { run, service } = await onStage()
  const source = `skopeo copy --src-creds "ann:$PULL" ${image} dir:source`
  const push = (env: string, repository: string) =>
    run(`${source} && skopeo copy --dest-creds "ann:$${env}" dir:source docker://${registry}/${repository}:2`)
  const pushed = await push('PUSH', 'acme/window')
  assert.equal(pushed.exit, 0, pushed.stderr)
  assert.ok(service.called.some(({ method, target }) => method === 'PUT' && target === '/v2/acme/window/manifests/2'))
  const before = service.called.filter(({ method }) => method !== 'GET').length
  for (const [env, repository] of [
    ['PULL', 'acme/window'],
    ['PUSH', 'library/base'],
  ] as const) {
    const { exit, stderr } = await push(env, repository)
    assert.notEqual(exit, 0)
    assert.match(stderr, /403|denied|Forbidden/i)
  }
  const writes = service.called.filter(({ method, status }) => method !== 'GET' && status < 300)
  assert.ok(writes.length <= before)
})

test('N10: skopeo shows the reason and the remedy of what a rule denies', { skip }, async () => {
  const { run } = await onStage()
  const { exit, stderr } = await run(`skopeo inspect --creds "ann:$PULL" docker://${registry}/acme/closed:1`)
  assert.notEqual(exit, 0)
  assert.match(stderr, /denied: The rules do not allow this call.*let the operator change the list/)
})
