import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActivityRow } from '@coatcheck/contract'
import { followActivity } from './activity-follower.ts'
import { fakeServices } from './fake-services.suite.ts'

const event = { project: 'default', host: 'api.example.com' }

test('what is appended is told once, and an open request again when it has ended', async () => {
  const { auditIndex: journal } = fakeServices()
  const stop = new AbortController()
  await journal.append({ ...event, id: 'exc_old', kind: 'exchange.refused' })
  const rows = followActivity(
    journal,
    { project: 'default', since: new Date(Date.now() + 1).toISOString() },
    stop.signal,
  )
  await new Promise((resolve) => setTimeout(resolve, 5))
  await journal.append({ ...event, id: 'exc_1', kind: 'exchange.intended' })
  const told = await take(rows, 1)
  await journal.append({ ...event, id: 'exc_2', kind: 'exchange.refused' })
  await journal.append({ ...event, id: 'exc_1', kind: 'exchange.completed', status: 200 })
  told.push(...(await take(rows, 2)))
  stop.abort()
  for await (const row of rows) told.push(row)
  assert.deepEqual(
    told.map(({ id, decision }) => `${id} ${decision}`),
    ['exc_1 open', 'exc_1 allowed', 'exc_2 refused'],
  )
})

test('a condition on the outcome sees a request that was open first', async () => {
  const { auditIndex: journal } = fakeServices()
  const stop = new AbortController()
  const filter = { project: 'default', since: new Date().toISOString(), status: 502 }
  const rows = followActivity(journal, filter, stop.signal)
  await journal.append({ ...event, id: 'exc_1', kind: 'exchange.intended' })
  const first = rows.next()
  await new Promise((resolve) => setTimeout(resolve, 300))
  await journal.append({ ...event, id: 'exc_1', kind: 'exchange.completed', status: 502 })
  assert.equal((await first).value?.id, 'exc_1')
  stop.abort()
  assert.deepEqual(await take(rows, 1), [])
})

test('what came just before the end is still told', async () => {
  const { auditIndex: journal } = fakeServices()
  const stop = new AbortController()
  const rows = followActivity(journal, { project: 'default', since: new Date().toISOString() }, stop.signal)
  const first = rows.next()
  await new Promise((resolve) => setTimeout(resolve, 20))
  await journal.append({ ...event, id: 'exc_1', kind: 'exchange.refused' })
  stop.abort()
  assert.equal((await first).value?.id, 'exc_1')
})

async function take(rows: AsyncGenerator<ActivityRow>, count: number): Promise<ActivityRow[]> {
  const taken: ActivityRow[] = []
  while (taken.length < count) {
    const { value, done } = await rows.next()
    if (done) break
    taken.push(value)
  }
  return taken
}
