import assert from 'node:assert/strict'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createClient } from '@coatcheck/sdk'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startBroker } from './running-broker.ts'

const host = 'api.openai.com'
const key = makeCanary('sk-proj-')
const skip = skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv', 'curl')
const undo = new AsyncDisposableStack()
let coatcheck: CoatcheckCommand
let workspace = ''

before(async () => {
  if (skip) return
  const root = createTlsRoot()
  const origin = undo.use(await startOrigin({ root, hosts: { [host]: [{ scheme: 'bearer', value: key.value }] } }))
  const home = undo.use(makeTemporaryHome())
  coatcheck = makeCoatcheckCommand(home.path)
  workspace = join(home.path, 'workspace')
  mkdirSync(workspace)
  // As root, the sandbox runs as somebody else.
  for (const path of [home.path, workspace]) chmodSync(path, 0o755)
  const { socketPath } = undo.use(await startBroker(coatcheck))
  const scope = { to: host, inject: { kind: 'bearer' }, pin: { address: '127.0.0.1', port: origin.port } }
  const scopes = [{ ...scope, roots: root.certificate }]
  await createClient({ socketPath }).secrets.create({ name: 'openai', value: key.value, provider: 'openai', scopes })
})
after(() => undo.disposeAsync())

function run(options: readonly string[], script: string) {
  const args = ['run', '--profile', 'locked', '--secret', 'OPENAI_API_KEY=openai', ...options, '--', 'sh', '-c', script]
  return coatcheck.run(args, { cwd: workspace })
}

test('S6: in a fenced sandbox base URLs are there when they are asked for, and need no certificate', {
  skip,
}, async () => {
  const script = 'curl -sf --cacert /dev/null -H "Authorization: Bearer $OPENAI_API_KEY" "$OPENAI_BASE_URL/models"'
  const { code, stdout, stderr } = await run(['--base-urls'], script)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /"object":"list"/)
})

test('S6: and not otherwise; one that a person sets stays as it is', { skip }, async () => {
  assert.equal((await run([], 'printenv OPENAI_BASE_URL')).stdout, '')
  const own = ['--base-urls', '--env', 'OPENAI_BASE_URL=https://api.openai.com/v1']
  assert.equal((await run(own, 'printenv OPENAI_BASE_URL')).stdout, 'https://api.openai.com/v1\n')
})
