import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { HeldSecrets } from './held-secrets.ts'
import { SecretValue } from './secret-value.ts'
import type { RevealedSecret } from './vault.ts'

const project = 'default'
const makeValue = (text: string) => new SecretValue(Buffer.from(text.padEnd(20, '0')))
const newSecret = {
  project,
  name: 'stripe',
  provider: null,
  shape: null,
  scopes: [{ to: 'api.stripe.com', inject: { kind: 'bearer' } }],
  rotationDays: null,
  weak: false,
}

function textOf({ value, version }: RevealedSecret): string {
  using text = value
  return text.use((bytes) => `${Buffer.from(bytes).toString().replaceAll('0', '')}@${version}`)
}

function openHeld(context: Parameters<typeof createInstallation>[0]) {
  const folder = createInstallation(context)
  const [{ keyRing, storage, vault }, second] = [folder.open(), folder.open()]
  let opened = 0
  const counted = {
    reveal: (secretId: string) => {
      opened += 1
      return vault.reveal(secretId)
    },
  }
  const { id } = vault.create(newSecret, makeValue('one'))
  const held = new HeldSecrets(counted, storage.revision, keyRing)
  return { id, vault, second, ask: () => textOf(held.reveal(id)), opened: () => opened }
}

test('a value that is used again is not opened again, and each use has a copy of its own', (context) => {
  const { ask, opened } = openHeld(context)
  for (let asked = 0; asked < 5; asked += 1) assert.equal(ask(), 'one@1')
  assert.equal(opened(), 1)
})

test('N2: a rotation, here or in another process, is seen at the next use', (context) => {
  const { ask, opened, second, vault } = openHeld(context)
  assert.equal(ask(), 'one@1')
  vault.rotate(project, 'stripe', makeValue('two'))
  assert.equal(ask(), 'two@2')
  second.vault.rotate(project, 'stripe', makeValue('three'))
  assert.equal(ask(), 'three@3')
  assert.equal(opened(), 3)
})

test('SEC-01, W8: nothing is given out while the vault is locked, and it is opened anew behind it', (context) => {
  const { ask, opened, vault } = openHeld(context)
  ask()
  vault.lock()
  assert.throws(ask, { code: 'vault_locked' })
  vault.unlock()
  assert.equal(ask(), 'one@1')
  assert.equal(opened(), 2)
})

test('what was deleted is not given out', (context) => {
  const { ask, vault } = openHeld(context)
  ask()
  vault.delete(project, 'stripe')
  assert.throws(ask, { code: 'secret_not_found' })
})
