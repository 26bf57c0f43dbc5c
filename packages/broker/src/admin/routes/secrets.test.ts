import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SecretView } from '@coatcheck/contract'
import { createAdminApp } from '../app.ts'
import { fakeServices } from '../fake-services.suite.ts'

const value = 'sk_live_0123456789abcdefABCDEF'

function setUp() {
  const services = fakeServices()
  const app = createAdminApp(services)
  const post = (path: string, body: object) =>
    app.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return { services, post, rotate: (input: object) => post('/v1/secrets/stripe/rotate', { value, ...input }) }
}

test('V5: a rotation can be staged, for an hour at most, and never after a compromise', async () => {
  const { services, post, rotate } = setUp()
  await post('/v1/secrets', { name: 'stripe', value, provider: 'stripe' })
  for (const input of [{ stagedSeconds: 0 }, { stagedSeconds: 3601 }, { stagedSeconds: 60, compromised: true }]) {
    const reply = await rotate(input)
    assert.deepEqual([reply.status, (await reply.json()).code], [400, 'request_invalid'])
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
