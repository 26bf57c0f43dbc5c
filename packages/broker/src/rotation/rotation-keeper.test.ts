import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import type { AuditEntry } from '../audit/audit-log.ts'
import type { Clock } from '../foundation/clock.ts'
import { createInstallation, type Installation } from '../storage/sqlite/installation.suite.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { RotationKeeper } from './rotation-keeper.ts'

const project = 'default'
const dayMs = 24 * 60 * 60 * 1000
const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
const makeValue = (name: string) => new SecretValue(Buffer.from(`${name}-value-of-enough-bytes`))

class MovedClock implements Clock {
  aheadMs = 0
  now = (): Date => new Date(Date.now() + this.aheadMs)
  monotonicMs = (): number => performance.now()
}

/** Keepers of one home, as several brokers have them. */
function open(context: TestContext) {
  const folder = createInstallation(context)
  const clock = new MovedClock()
  const entries: AuditEntry[] = []
  const faults: unknown[] = []
  const journal = { isFull: false }
  const openKeeper = () => {
    const installation: Installation = folder.open(clock)
    const { storage, vault } = installation
    const keeper = new RotationKeeper({
      audit: {
        async append(entry) {
          if (journal.isFull) throw new CoatcheckError('audit_unavailable')
          entries.push(entry)
        },
      },
      clock: storage.clock,
      projects: () => [project],
      revision: storage.revision,
      vault,
      report: (_instance, error) => faults.push(error),
    })
    return { keeper, vault }
  }
  const { keeper, vault } = openKeeper()
  const add = (name: string, rotationDays: number | null = null) =>
    vault.create({ project, name, provider: null, shape: null, scopes, rotationDays, weak: false }, makeValue('old'))
  const said = () => entries.splice(0).map(({ kind, code, subject, secrets }) => [kind, code, subject, secrets?.[0]])
  return { clock, keeper, vault, add, said, openKeeper, faults, journal }
}

test('AC-18.3: a secret whose rotation is due raises one alarm, whichever broker looks, and however often', async (context) => {
  const { clock, keeper, add, said, openKeeper, vault } = open(context)
  for (let index = 0; index < 205; index += 1) add(`never-${String(index).padStart(3, '0')}`)
  add('often', 1)
  add('rarely', 30)
  await keeper.look()
  assert.deepEqual(said(), [])
  clock.aheadMs += dayMs
  await Promise.all([keeper.look(), openKeeper().keeper.look()])
  await keeper.look()
  assert.deepEqual(said(), [['alarm.raised', 'rotation_due', 'often', 'often@1']])
  clock.aheadMs += 29 * dayMs
  await openKeeper().keeper.look()
  assert.deepEqual(said(), [['alarm.raised', 'rotation_due', 'rarely', 'rarely@1']])
  vault.rotate(project, 'often', makeValue('new'))
  await keeper.look()
  clock.aheadMs += dayMs
  await keeper.look()
  assert.deepEqual(said(), [['alarm.raised', 'rotation_due', 'often', 'often@2']])
})

test('V5: what is staged ends by the clock, also by a broker that was started meanwhile', async (context) => {
  const { clock, keeper, vault, add, said, openKeeper } = open(context)
  const { id } = add('key')
  vault.rotate(project, 'key', makeValue('new'), 60)
  await keeper.look()
  assert.deepEqual(said(), [])
  clock.aheadMs += 60_000
  await openKeeper().keeper.look()
  await keeper.look()
  assert.deepEqual(said(), [['secret.rotation-ended', undefined, 'key', 'key@2']])
  assert.equal(vault.find(id)?.staged, undefined)
})

test('V5: verdicts end it too; a value that is put back is an alarm', async (context) => {
  const { clock, keeper, vault, add, said } = open(context)
  const secretId = add('key').id
  vault.rotate(project, 'key', makeValue('new'), 60)
  await keeper.judged({ secretId }, 2, 'accepted')
  assert.deepEqual(said(), [['secret.rotation-ended', undefined, 'key', 'key@2']])
  vault.rotate(project, 'key', makeValue('newer'), 60)
  assert.equal(keeper.previousOf({ secretId }).version, 2)
  await keeper.judged({ secretId }, 3, 'declined')
  await keeper.judged({ secretId }, 2, 'accepted')
  assert.deepEqual(said(), [])
  clock.aheadMs += 60_000
  await keeper.look()
  assert.deepEqual(said(), [
    ['secret.rotation-ended', undefined, 'key', 'key@4'],
    ['alarm.raised', 'rotation_put_back', 'key', 'key@4'],
  ])
})

test('a vault that is locked and a journal that is full are looked at again', async (context) => {
  const { clock, keeper, vault, add, said, journal, faults } = open(context)
  const { id: secretId } = add('key', 1)
  vault.rotate(project, 'key', makeValue('new'), 60)
  clock.aheadMs += 60_000
  vault.lock()
  await keeper.look()
  await keeper.judged({ secretId }, 2, 'accepted')
  assert.deepEqual(said(), [])
  vault.unlock()
  journal.isFull = true
  await keeper.look()
  journal.isFull = false
  clock.aheadMs += dayMs
  await keeper.look()
  assert.deepEqual(said(), [['alarm.raised', 'rotation_due', 'key', 'key@2']])
  assert.deepEqual(faults, [])
})

test('an unexpected error is reported, and nothing stops over it', async (context) => {
  const { keeper, vault, add, faults } = open(context)
  add('key')
  const { list } = vault
  vault.list = () => {
    throw new TypeError('a bug')
  }
  await keeper.start()
  assert.equal(faults.length, 1)
  vault.list = list
  await keeper.look()
  await keeper.stop()
  assert.equal(faults.length, 1)
})
