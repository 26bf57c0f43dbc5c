import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ActorLog, actAs } from './acting.ts'
import type { AuditEntry } from './audit-log.ts'

const entry = { id: 'evt_1', kind: 'secret.created', project: 'default' } as const

function recorder(): { readonly log: ActorLog; readonly actors: (string | undefined)[] } {
  const actors: (string | undefined)[] = []
  const append = ({ actor }: AuditEntry) => {
    actors.push(actor)
    return Promise.resolve()
  }
  return { log: new ActorLog({ append }), actors }
}

test('what is recorded for somebody names them, across waits, and nobody else', async () => {
  const { log, actors } = recorder()
  const act = (actor: string) =>
    actAs(actor, async () => {
      await delay(5)
      await log.append(entry)
    })
  await Promise.all([act('owner'), act('tok_1')])
  await log.append(entry)
  assert.deepEqual(actors.sort(), ['owner', 'tok_1', undefined])
})

test('a timer that somebody’s request started acts for nobody once the request is over', async () => {
  const { log, actors } = recorder()
  let later = Promise.resolve()
  await actAs('tok_1', async () => {
    later = delay(10).then(() => log.append(entry))
  })
  await later
  assert.deepEqual(actors, [undefined])
})

test('what an action throws comes out, and its scope is over', async () => {
  const { log, actors } = recorder()
  await assert.rejects(
    actAs('tok_1', () => Promise.reject(new Error('no'))),
    /no/,
  )
  await log.append(entry)
  assert.deepEqual(actors, [undefined])
})
