import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import type { FormQuestion } from '../derivation.ts'
import { azure } from './azure.ts'

const spec = {
  kind: 'azure',
  tenant: '0a1b2c3d-0000-1111-2222-333344445555',
  oauthScopes: ['https://vault.azure.net/.default'],
}
const isInvalid = (error: unknown): boolean => error instanceof CoatcheckError && error.code === 'scope_invalid'

test('W4: an application asks its own tenant, in its own cloud', () => {
  const value = Buffer.from(JSON.stringify({ client_id: 'app', client_secret: 'a-secret' }))
  const hosts = { public: 'login.microsoftonline.com', china: 'login.partner.microsoftonline.cn' }
  for (const [cloud, host] of Object.entries(hosts)) {
    const { ask, endpoint } = azure.prepare({ ...spec, cloud }).derivation!
    assert.deepEqual(endpoint, {
      destination: { scheme: 'https', host, port: 443 },
      path: `/${spec.tenant}/oauth2/v2.0/token`,
    })
    assert.deepEqual((ask(value, new Date()) as FormQuestion).form, {
      grant_type: 'client_credentials',
      scope: 'https://vault.azure.net/.default',
      client_id: 'app',
      client_secret: 'a-secret',
    })
  }
})

test('SEC-15: a tenant is an id or a domain, and nothing that leads elsewhere', () => {
  for (const tenant of ['', 'common', 'organizations', 'consumers', '../x', 'a/b', 'A', 'a?b', '.', 'a b', undefined]) {
    assert.throws(() => azure.prepare({ ...spec, tenant }), isInvalid, tenant)
  }
  for (const further of [{ cloud: 'mars' }, { oauthScopes: undefined }, { tokenUrl: 'https://x.example/token' }]) {
    assert.throws(() => azure.prepare({ ...spec, ...further }), isInvalid)
  }
})
