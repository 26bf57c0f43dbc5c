import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyStartConfig } from './apply-start-config.ts'
import { fakeServices } from './fake-services.suite.ts'

const rules = { default: 'deny', rules: [] }
const members = [{ name: 'rules', value: rules, line: 4 }]

test('N6: what a broker is started with comes into force, and every thread knows of it', async () => {
  let settled = 0
  const services = { ...fakeServices(), settled: async () => void settled++ }
  await applyStartConfig(services, members)
  assert.deepEqual([services.rules.find('default'), settled], [rules, 1])
})

test('N6: with a locked vault or a member of another form, nothing of it does', async () => {
  const services = fakeServices()
  const wrong = [...members, { name: 'caps', value: 7, line: 9 }]
  await assert.rejects(applyStartConfig(services, wrong), {
    code: 'settings_invalid',
    facts: { setting: 'config', reason: 'line 9: caps: Invalid input: expected array, received number' },
  })
  services.vault.lock()
  await assert.rejects(applyStartConfig(services, members), { code: 'vault_locked', message: /--passphrase-file/ })
  assert.equal(services.rules.find('default'), undefined)
  assert.deepEqual(services.auditLog.events, [])
})
