import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { createClient } from '@coatcheck/sdk'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { type RegistryService, startRegistryService } from '../fixtures/registry-service.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type ExportedShell, openExportedShell } from './exported-shell.ts'
import { startBroker } from './running-broker.ts'
import type { ScriptEnd } from './sandbox-shell.ts'

const skip = skipWithout('bash', 'skopeo')
const registry = 'images.clients.test'
const auth = 'auth.clients.test'
const blobs = 'blobs.clients.test'
const image = `docker://${registry}/acme/shop:1`

interface Stage {
  readonly service: RegistryService
  readonly shell: ExportedShell
  /** Runs a script, and looks whether anything real came out of it. */
  run(script: string): Promise<ScriptEnd>
}

const undo = new AsyncDisposableStack()
let stages: Promise<Stage> | undefined
const onStage = (): Promise<Stage> => {
  stages ??= setStage()
  return stages
}
after(() => undo.disposeAsync())

async function setStage(): Promise<Stage> {
  const root = createTlsRoot()
  const key = makeCanary()
  const service = undo.use(
    await startRegistryService({
      ...{ root, registry, blobs, realm: `https://${auth}/token` },
      users: { ann: key.value },
      open: ['library/base'],
    }),
  )
  const folder = undo.use(makeTemporaryHome()).path
  const [home, workspace] = [join(folder, 'home'), join(folder, 'workspace')]
  for (const path of [home, workspace]) mkdirSync(path)
  const rootFile = join(folder, 'root.pem')
  writeFileSync(rootFile, root.certificate)
  const coatcheck = makeCoatcheckCommand(home)
  const { socketPath } = undo.use(await startBroker(coatcheck, ['--proxy', '127.0.0.1:0', '--roots', rootFile]))
  const client = createClient({ socketPath })
  const pin = { address: '127.0.0.1', port: service.port }
  const store = (name: string, further: Partial<InjectorSpec> = {}) => {
    const inject: InjectorSpec = { kind: 'registry', tokenUrl: `https://${auth}/token`, ...further }
    const scopes = [registry, auth].map((to): Scope => ({ to, inject, pin, roots: root.certificate }))
    return client.secrets.create({ name, value: key.value, scopes })
  }
  await store('pulling')
  await store('pushing', { access: 'push', repositories: ['acme/*'] })
  const shell = await openExportedShell({
    coatcheck,
    workspace,
    user: undefined,
    services: { pulling: { name: 'pulling', env: 'PULL' }, pushing: { name: 'pushing', env: 'PUSH' } },
    openTunnels: (sandbox) => client.sandboxes.update(sandbox, { network: { allow: [{ to: blobs, pin }] } }),
  })
  return {
    service,
    shell,
    async run(script) {
      const end = await shell.run(script)
      const said = end.stdout + end.stderr
      assert.deepEqual(findCanary(said, key), [])
      for (const token of service.given) assert.ok(!said.includes(token))
      return end
    },
  }
}

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
