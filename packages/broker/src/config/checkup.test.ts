import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { ownProcessMark } from '../foundation/process-mark.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { checkUp } from './checkup.ts'

const project = 'default'

function openParts(context: TestContext) {
  const { storage, vault } = createInstallation(context).open()
  for (const name of ['one', 'two']) {
    using value = new SecretValue(Buffer.from(`the-value-of-${name}-0123456789`))
    const form = { project, name, provider: null, shape: null, rotationDays: name === 'one' ? 1 : null, weak: false }
    vault.create({ ...form, scopes: [{ to: 'api.example.com', inject: { kind: 'bearer' } }] }, value)
  }
  const rows: Sandbox[] = []
  const store = { list: (_project: string, limit: number) => rows.slice(0, limit) }
  return { clock: storage.clock, project, store, upstreamProxy: 'proxy.test:3128', vault, rows }
}

test('AC-8.3: every secret is decrypted and dropped, and that counts as no use of it', (context) => {
  const parts = openParts(context)
  const { clock, secrets, leftovers, upstreamProxy } = checkUp(parts)
  assert.deepEqual([clock, leftovers, upstreamProxy], ['ok', [], 'proxy.test:3128'])
  assert.deepEqual(
    secrets.map(({ name, problem, rotationDue }) => [name, problem, rotationDue === null]),
    [
      ['one', null, false],
      ['two', null, true],
    ],
  )
  assert.equal(parts.vault.lastUsedAt(parts.vault.get(project, 'one').id), null)
})

test('AC-8.3: a secret that cannot be decrypted has its reason, and the others are looked at all the same', (context) => {
  const { vault, ...parts } = openParts(context)
  const broken = vault.get(project, 'one').id
  const failing = {
    list: vault.list.bind(vault),
    verify(id: string) {
      if (id === broken) throw new CoatcheckError('row_tampered')
      vault.verify(id)
    },
  }
  const { secrets } = checkUp({ ...parts, vault: failing })
  assert.deepEqual(
    secrets.map(({ problem }) => problem),
    ['row_tampered', null],
  )
})

test('only a launched sandbox that lives and whose broker is gone is left over', (context) => {
  const { rows, ...parts } = openParts(context)
  const [gone, later] = ['1:1', new Date(Date.now() + 60_000).toISOString()]
  const row = (id: string, rest: Partial<Sandbox>) =>
    ({ id, name: id, fence: 'kernel', holder: gone, endedAt: null, expiresAt: later, ...rest }) as Sandbox
  rows.push(
    row('sbx_gone', {}),
    row('sbx_held', { holder: ownProcessMark() }),
    row('sbx_elsewhere', { fence: 'none' }),
    row('sbx_ended', { endedAt: later }),
    row('sbx_expired', { expiresAt: new Date(0).toISOString() }),
  )
  assert.deepEqual(checkUp(parts).leftovers, [{ id: 'sbx_gone', name: 'sbx_gone' }])
})

test('AC-8.3: a locked vault is said', (context) => {
  const parts = openParts(context)
  parts.vault.lock()
  const outcome = (): unknown => checkUp(parts).secrets.map(({ problem }) => problem)
  assert.deepEqual(outcome(), ['vault_locked', 'vault_locked'])
})
