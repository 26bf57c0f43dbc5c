import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAdminApp } from './app.ts'
import { fakeServices } from './fake-services.suite.ts'

const maxDecoys = 200

test('N8: a project has 200 decoys; a further one is refused until one of them is gone', async () => {
  const app = createAdminApp(fakeServices())
  const create = async (name: string) => {
    const headers = { 'content-type': 'application/json' }
    const response = await app.request('/v1/decoys', { method: 'POST', headers, body: JSON.stringify({ name }) })
    return [response.status, (await response.json()) as { readonly id: string; readonly code?: string }] as const
  }
  const ids: string[] = []
  for (let count = 0; count < maxDecoys; count += 1) {
    const [status, { id }] = await create(`decoy-${count}`)
    assert.equal(status, 201)
    ids.push(id)
  }
  const [status, { code }] = await create('one-more')
  assert.deepEqual([status, code], [409, 'decoy_limit'])
  assert.equal((await app.request(`/v1/decoys/${ids[7]}`, { method: 'DELETE' })).status, 204)
  assert.equal((await create('one-more'))[0], 201)
})
