import assert from 'node:assert/strict'
import { test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { churnSessions } from './churn-sessions.ts'
import { openPostgresScene } from './postgres-scene.ts'

test('CO-08: of 100 sessions that are opened, used and killed at random nothing stays', {
  skip: skipWithout('PostgreSQL', 'psql'),
}, async () => {
  await using scene = await openPostgresScene()
  await scene.store('db', 'app_clear', { inject: { tls: 'off' } })
  const remains = await churnSessions(scene, await scene.open('db'), 100)
  assert.deepEqual(remains, { descriptors: 0, upstream: 0, unfinished: 0 })
})
