import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretValue } from '../../vault/secret-value.ts'
import { createInstallation, type Installation } from './installation.suite.ts'

const newSecret = {
  project: 'default',
  name: 'stripe',
  provider: null,
  shape: null,
  scopes: [{ to: 'api.stripe.com', inject: { kind: 'bearer' } }],
  rotationDays: null,
  weak: false,
}
const makeValue = (text: string) => new SecretValue(Buffer.from(text.padEnd(20, '0')))

/** Asks until the answer is another one; bounded by a number of questions, many more than fit into the pace. */
function changed({ storage }: Installation, before: number): number {
  for (let asked = 0; asked < 10_000_000; asked += 1) {
    const present = storage.pacedRevision.current()
    if (present !== before) return present
  }
  return before
}

test('what this process changes shows at the next question', (context) => {
  const installation = createInstallation(context).open()
  const { storage, vault } = installation
  let before = storage.pacedRevision.current()
  const changes = [
    () => vault.create(newSecret, makeValue('one')),
    () => vault.rotate('default', 'stripe', makeValue('two')),
    () => vault.rescope('default', 'stripe', [], undefined),
    () => vault.delete('default', 'stripe'),
  ]
  for (const change of changes) {
    // Asked right before, so that an answer is at hand.
    storage.pacedRevision.current()
    change()
    const next = storage.pacedRevision.current()
    assert.ok(next > before)
    assert.equal(next, storage.revision.current())
    before = next
  }
})

test('N2: what another process changes shows, and stays shown', (context) => {
  const folder = createInstallation(context)
  const [first, second] = [folder.open(), folder.open()]
  first.vault.create(newSecret, makeValue('one'))
  const before = second.storage.pacedRevision.current()
  first.vault.rotate('default', 'stripe', makeValue('two'))
  const next = changed(second, before)
  assert.equal(next, first.storage.revision.current())
  assert.equal(second.storage.pacedRevision.current(), next)
})

test('W8: a lock shows at the next question, and again and again until it is undone', (context) => {
  const { storage, vault } = createInstallation(context).open()
  vault.create(newSecret, makeValue('one'))
  const before = storage.pacedRevision.current()
  vault.lock()
  for (let asked = 0; asked < 3; asked += 1)
    assert.throws(() => storage.pacedRevision.current(), { code: 'vault_locked' })
  vault.unlock()
  assert.equal(storage.pacedRevision.current(), before)
})
