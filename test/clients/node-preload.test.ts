import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { findOldNode } from '../cli/old-node.ts'
import { startConnectProxy } from '../fixtures/connect-proxy.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer } from '../fixtures/verifying-server.ts'

const preload = join(import.meta.dirname, '../../packages/broker/assets/node-preload.cjs')
const probe = join(import.meta.dirname, 'inside/preload-probe.cjs')
const run = promisify(execFile)
const host = 'service.test'

const nodes = [
  ['the present Node', process.execPath],
  ['an older Node of this machine', findOldNode()],
] as const

for (const [label, node] of nodes) {
  for (const scheme of ['http', 'https'] as const) {
    const skip = node === undefined ? 'this machine has no older Node' : false
    test(`AC-2.1 ${label}: every Node client goes through an ${scheme} proxy that wants a login`, {
      skip,
    }, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'preload-'))
      t.after(() => rmSync(folder, { recursive: true }))
      const root = createTlsRoot()
      const authority = join(folder, 'ca.pem')
      writeFileSync(authority, root.certificate)
      await using service = await startVerifyingServer({
        root,
        hosts: { [host]: 'public' },
        answer: (request, response) => void response.end(`reached ${request.url}`),
      })
      const certificate = scheme === 'https' ? root.leaf('localhost') : undefined
      await using proxy = await startConnectProxy(service.port, 'sbx_1:token', certificate)
      const url = `${scheme}://sbx_1:token@localhost:${proxy.port}`
      const { stdout } = await run(node!, [probe, host], {
        timeout: 30_000,
        env: {
          HTTPS_PROXY: url,
          HTTP_PROXY: url,
          NO_PROXY: 'localhost,127.0.0.1',
          NODE_EXTRA_CA_CERTS: authority,
          NODE_USE_ENV_PROXY: '1',
          NODE_OPTIONS: `--require ${preload}`,
        },
      })
      const lines = ['fetch', 'global', 'own', 'esm', 'none', 'subclass'].map((name) => `${name}: reached /${name}`)
      assert.deepEqual(stdout.trim().split('\n'), lines)
      assert.ok(proxy.opened.every((authority) => authority === `${host}:443`))
      assert.ok(proxy.opened.length >= lines.length - 1)
    })
  }
}
