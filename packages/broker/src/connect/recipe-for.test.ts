import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GrantView, SandboxConnection } from '@coatcheck/contract'
import { recipeFor } from './recipe-for.ts'

const grant: GrantView = { id: 'grt_1', env: 'KEY', secret: 'api', to: ['api.acme.example'], expiresAt: null }
const sandbox = { id: 'sbx_1', name: 'agent', expiresAt: '2030-01-01T00:00:00.000Z', grants: [grant] }
const connectionAt = (door: string): SandboxConnection => ({
  env: { KEY: 'placeholder' },
  ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  proxyUrl: door.replace('://', '://sbx_1:token@'),
  gatewayUrl: `${door}/as/sbx_1.token`,
  baseUrls: { ACME_BASE_URL: `${door}/as/sbx_1.token/acme` },
})
const away = connectionAt('https://broker.acme.example:7071')

test('AC-12.2: base URLs lead past the proxy, to the broker and to nothing else', () => {
  const { env } = recipeFor('docker', sandbox, away)
  assert.equal(env['NO_PROXY'], 'localhost,127.0.0.1,::1,broker.acme.example')
  assert.equal(env['ACME_BASE_URL'], 'https://broker.acme.example:7071/as/sbx_1.token/acme')
  assert.equal(env['COATCHECK_DOOR'], 'https://broker.acme.example:7071/as/sbx_1.token/-')
})

for (const to of ['broker.acme.example', '*.acme.example', '~^[a-z]+\\.acme\\.example$']) {
  test(`AC-12.2: a secret for ${to}, where the broker is too, is excepted from no proxy`, () => {
    const { env, warnings } = recipeFor('docker', { ...sandbox, grants: [{ ...grant, to: [to] }] }, away)
    assert.equal(env['NO_PROXY'], 'localhost,127.0.0.1,::1')
    assert.equal(env['ACME_BASE_URL'], undefined)
    assert.match(warnings[0]!, /no base URLs/)
  })
}

test('a broker on loopback is of no use to a platform, and that is said; a shell of this machine reaches it', () => {
  const here = connectionAt('http://127.0.0.1:7071')
  assert.match(recipeFor('docker', sandbox, here).warnings[0]!, /nothing but this machine/)
  for (const warning of recipeFor('shell', sandbox, here).warnings) assert.doesNotMatch(warning, /nothing but/)
  assert.equal(recipeFor('shell', sandbox, here).env['NO_PROXY'], 'localhost,127.0.0.1,::1')
})

test('the bundle holds the roots of this machine beside the authority', () => {
  const { files } = recipeFor('shell', sandbox, away)
  const bundle = files.find(({ path }) => path === 'ca-bundle.pem')!.content
  assert.ok(bundle.split('-----BEGIN CERTIFICATE-----').length > 20)
  assert.match(bundle, /AAAA/)
})

test('without a door there is no recipe, and for an unknown platform neither', () => {
  const { proxyUrl: _, gatewayUrl: __, ...closed } = away
  assert.throws(() => recipeFor('docker', sandbox, closed), { code: 'proxy_closed' })
  assert.throws(() => recipeFor('toaster', sandbox, away), { code: 'request_invalid' })
})
