import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Problem, SecretView } from '@coatcheck/contract'
import { createAdminApp } from '../app.ts'
import { fakeServices } from '../fake-services.suite.ts'

const value = 'sk_live_0123456789abcdefABCDEF'

function setUp() {
  const services = fakeServices()
  const app = createAdminApp(services)
  const post = (path: string, body: object) =>
    app.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { services, app, post, rotate: (input: object) => post('/v1/secrets/stripe/rotate', { value, ...input }) }
}

test('V5: a rotation can be staged, for an hour at most, and never after a compromise', async () => {
  const { services, post, rotate } = setUp()
  await post('/v1/secrets', { name: 'stripe', value, provider: 'stripe' })
  for (const input of [{ stagedSeconds: 0 }, { stagedSeconds: 3601 }, { stagedSeconds: 60, compromised: true }]) {
    const reply = await rotate(input)
    const { code } = (await reply.json()) as Problem
    assert.deepEqual([reply.status, code], [400, 'request_invalid'])
  }
  const { version, staged } = (await (await rotate({ stagedSeconds: 60 })).json()) as SecretView
  assert.equal(version, 2)
  const { until = '', ...rest } = staged ?? {}
  assert.deepEqual(rest, { previousVersion: 1, declinedAt: null, previousAccepted: false })
  assert.match(until, /^\d{4}-/)
  assert.equal(((await (await rotate({ compromised: true })).json()) as SecretView).staged, undefined)
  const notes = services.auditLog.events.filter(({ kind }) => kind === 'secret.rotated').map(({ note }) => note)
  assert.deepEqual(notes, [`staged until ${until}`, 'the value before was compromised'])
})

test('V5: a secret that tokens are made from cannot be staged, nor become one while it is', async () => {
  const { services, app, post, rotate } = setUp()
  const stage = async () => (await rotate({ stagedSeconds: 60 })).status
  const oauth = { to: 'api.example.com', inject: { kind: 'oauth2' } }
  const bearer = { to: 'api.example.com', inject: { kind: 'bearer' } }
  const rescope = async (scopes: readonly object[]) => {
    const headers = { 'content-type': 'application/json' }
    return (
      await app.request('/v1/secrets/stripe', {
        method: 'PATCH',
        headers,
        body: JSON.stringify({ scopes, value }),
      })
    ).status
  }
  await post('/v1/secrets', { name: 'stripe', value, scopes: [oauth] })
  assert.equal(await stage(), 400)
  await post('/v1/secrets', { name: 'slack', value, provider: 'slack' })
  const staged = { value, stagedSeconds: 60 }
  assert.equal((await post('/v1/secrets/slack/rotate', staged)).status, 400, 'Slack says 200 to any key')
  assert.equal(services.vault.get('default', 'stripe').version, 1)
  assert.equal(await rescope([bearer]), 200)
  assert.equal(await stage(), 200)
  assert.deepEqual([await rescope([oauth]), await rescope([bearer])], [400, 200])
})
