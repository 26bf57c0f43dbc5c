import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer } from '../fixtures/verifying-server.ts'
import { openWorld } from './world.ts'

const api = 'api.service.test'
const store = 'vault.corp.test'
const root = createTlsRoot()
const storeRoot = createTlsRoot()
const key = makeCanary('sk-vault-')

/** A home whose one source asks a service over TLS, with roots that nobody else trusts. */
function makeHome(port: number, roots: string | undefined, folder: string, pin: Scope['pin']) {
  const home = makeTemporaryHome()
  mkdirSync(join(home.path, 'keys'), { mode: 0o700 })
  const token = join(folder, 'token')
  writeFileSync(token, 'operator-token\n', { mode: 0o600 })
  const rootsFile = join(folder, 'roots.pem')
  if (roots !== undefined) writeFileSync(rootsFile, roots)
  const apiRoots = join(folder, 'api-roots.pem')
  writeFileSync(apiRoots, root.certificate)
  const source = {
    kind: 'vault',
    url: `https://${store}:${port}`,
    path: 'agents/api',
    field: 'key',
    token: { kind: 'file', path: token },
    ...(roots !== undefined && { rootsFile }),
    to: [{ to: api, pin, rootsFile: apiRoots }],
  }
  writeFileSync(join(home.path, 'keys/sources.yaml'), JSON.stringify({ sources: { api: source } }), { mode: 0o600 })
  return home
}

for (const [what, roots] of [
  ['its own roots', storeRoot.certificate],
  ['the roots of the machine alone', undefined],
] as const) {
  const isTrusted = roots !== undefined
  test(`SEC-15: a service of secrets is asked over verified TLS, with ${what}`, async () => {
    await using service = await startVerifyingServer({
      root: storeRoot,
      hosts: { [store]: [{ scheme: 'header', name: 'x-vault-token', value: 'operator-token' }] },
      answer: (_request, response) => {
        response.end(JSON.stringify({ data: { data: { key: key.value }, metadata: { version: 1 } } }))
      },
    })
    await using origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key.value }] } })
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'coatcheck-remote-source-')))
    try {
      const pin = { address: '127.0.0.1', port: origin.port }
      const resolver = { resolve: async () => ['127.0.0.1'] }
      await using world = await openWorld({ resolver }, makeHome(service.port, roots, folder, pin))
      const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
      const creating = world.client.secrets.create({ name: 'key', sourceName: 'api', scopes: [scope] })
      if (!isTrusted) {
        await assert.rejects(creating, { code: 'source_unavailable', message: /upstream tls untrusted/ })
        assert.equal(service.requests.length, 0)
        return
      }
      assert.equal((await creating).source?.kind, 'vault')
      assert.deepEqual(
        service.requests.map(({ method, target, accepted }) => [method, target, accepted]),
        [['GET', '/v1/secret/data/agents/api', true]],
      )
      const inside = await world.createSandbox({ secrets: { API_KEY: 'key' } })
      const headers = [['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]] as const
      assert.equal((await inside.send({ host: api, target: '/v1/models', headers })).status, 200)
      assert.equal(service.requests.length, 1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
