import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type AuditKind, CoatcheckError } from '@coatcheck/contract'
import { systemClock } from '../foundation/clock.ts'
import type { AuditEntry, AuditLog } from './audit-log.ts'
import { DenialLimiter, type DenialLimits } from './denial-limiter.ts'
import { Journal } from './journal.ts'
import { journalPath } from './journal-directory.ts'
import { readJournal } from './journal-reader.ts'
import { verifyAudit } from './verify-journal.ts'

const root = mkdtempSync(join(tmpdir(), 'coatcheck-denials-'))
after(() => rmSync(root, { recursive: true, force: true }))

function setUp(limits?: DenialLimits) {
  const recorded: AuditEntry[] = []
  const fate: { failure?: Error } = {}
  const log: AuditLog = {
    async append(entry) {
      if (fate.failure !== undefined) throw fate.failure
      recorded.push(entry)
    },
  }
  const clock = { ms: 0, now: () => new Date(0), monotonicMs: () => clock.ms }
  return { recorded, fate, clock, limiter: new DenialLimiter(log, clock, limits) }
}

const entry = (kind: AuditKind, sandbox: string | undefined = 'sbx_1', project = 'default'): AuditEntry => ({
  id: 'exc_1',
  kind,
  project,
  ...(sandbox === '' ? {} : { sandbox }),
  host: 'evil.example',
})

const many = (limiter: DenialLimiter, count: number, one: AuditEntry): Promise<void>[] =>
  Array.from({ length: count }, () => limiter.append(one))
const countsOf = (recorded: readonly AuditEntry[]) =>
  recorded.filter(({ kind }) => kind === 'denials.counted').map(({ count }) => count)
const unavailable = (error: unknown): boolean => error instanceof CoatcheckError && error.code === 'audit_unavailable'

test('A2 up to 50 refusals of a sandbox in a second are recorded one by one', async () => {
  const { recorded, limiter } = setUp()
  await Promise.all(many(limiter, 50, entry('exchange.refused')))
  await limiter.close()
  assert.equal(recorded.length, 50)
  assert.deepEqual(countsOf(recorded), [])
})

test('A2 what is beyond becomes one record with the count, when the second is over', async () => {
  const { recorded, clock, limiter } = setUp()
  const counted = [
    ...many(limiter, 60, entry('exchange.refused')).slice(50),
    ...many(limiter, 5, entry('connection.refused')),
    ...many(limiter, 5, entry('name.refused')),
  ]
  assert.equal(recorded.length, 50)
  clock.ms = 999
  counted.push(limiter.append(entry('exchange.refused')))
  assert.equal(recorded.length, 50)
  clock.ms = 1_000
  await limiter.append(entry('exchange.refused'))
  await Promise.all(counted)
  assert.deepEqual(
    recorded.slice(50).map(({ kind, project, sandbox, count, note }) => ({ kind, project, sandbox, count, note })),
    [
      {
        kind: 'denials.counted',
        project: 'default',
        sandbox: 'sbx_1',
        count: 21,
        note: 'rate: exchange.refused 11, connection.refused 5, name.refused 5',
      },
      { kind: 'exchange.refused', project: 'default', sandbox: 'sbx_1', count: undefined, note: undefined },
    ],
  )
  await limiter.close()
})

test('A2 the count is recorded when the second ends, without a further refusal', async () => {
  const recorded: AuditEntry[] = []
  const limiter = new DenialLimiter({ append: async (one) => void recorded.push(one) }, systemClock)
  await Promise.all(many(limiter, 51, entry('exchange.refused')))
  assert.deepEqual(countsOf(recorded), [1])
  await limiter.close()
})

test('A2 a counted refusal does not end before its count is recorded, and fails with it', async () => {
  const { fate, limiter } = setUp({ perSecond: 0 })
  let ended = false
  const refusal = limiter.append(entry('exchange.refused')).finally(() => {
    ended = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(ended, false)
  fate.failure = new CoatcheckError('audit_unavailable')
  const closed = limiter.close()
  await assert.rejects(refusal, unavailable)
  await closed
})

test('A2 the close records what was counted and takes nothing more', async () => {
  const { recorded, limiter } = setUp()
  const counted = many(limiter, 57, entry('name.refused'))
  await limiter.close()
  await Promise.all(counted)
  assert.deepEqual(countsOf(recorded), [7])
  await assert.rejects(limiter.append(entry('name.refused')), unavailable)
})

test('A2 each sandbox has its own 50, and so have alarms', async () => {
  const { recorded, limiter } = setUp()
  await Promise.all([
    ...many(limiter, 50, entry('exchange.refused', 'sbx_1')),
    ...many(limiter, 50, entry('exchange.refused', 'sbx_2')),
    ...many(limiter, 50, entry('exchange.refused', 'sbx_1', 'another')),
    ...many(limiter, 50, entry('exchange.refused', '')),
    ...many(limiter, 50, entry('alarm.raised', 'sbx_1')),
  ])
  await limiter.close()
  assert.equal(recorded.length, 250)
})

test('A2 intents, outcomes and management actions are never counted away', async () => {
  const { recorded, limiter } = setUp({ perSecond: 0 })
  const kinds = [
    'exchange.intended',
    'exchange.completed',
    'connection.intended',
    'sandbox.ended',
    'row.tampered',
  ] as const
  for (const kind of kinds) await Promise.all(many(limiter, 100, entry(kind)))
  await limiter.close()
  assert.equal(recorded.length, 500)
})

test('SEC-10 beyond its quota the refusals of a project are counted and its intents fail; another project goes on', async () => {
  const { recorded, clock, limiter } = setUp({ project: { bytes: 3_000, windowMs: 60_000 } })
  const one = entry('exchange.intended')
  let accepted = 0
  for (; accepted < 1_000; accepted++) {
    const failure = await limiter.append(one).catch((error: unknown) => error)
    if (failure !== undefined) {
      assert.ok(unavailable(failure))
      break
    }
  }
  assert.ok(accepted > 5 && accepted < 30, String(accepted))
  // What a session says beside its records is left out.
  await assert.rejects(limiter.append(entry('connection.said')), unavailable)
  await limiter.append(entry('exchange.completed'))
  await limiter.append(entry('sandbox.ended'))
  await limiter.append(entry('exchange.intended', 'sbx_2', 'another'))
  const before = recorded.length
  const refused = [...many(limiter, 40, entry('exchange.refused')), ...many(limiter, 2, entry('alarm.raised', 'sbx_9'))]
  clock.ms = 1_000
  const next = limiter.append(entry('exchange.refused'))
  await Promise.all(refused)
  assert.deepEqual(
    recorded.slice(before).map(({ kind, sandbox, count, note }) => ({ kind, sandbox, count, note })),
    [{ kind: 'denials.counted', sandbox: undefined, count: 42, note: 'quota: exchange.refused 40, alarm.raised 2' }],
  )
  clock.ms = 60_000
  await limiter.append(one)
  await limiter.close()
  await next
})

test('SEC-10 a million denials of one sandbox grow the journal by little, and another project is served meanwhile', async () => {
  const directory = join(root, 'flood')
  const journal = new Journal({ directory, nodeId: 'node-1', clock: systemClock })
  const clock = { ms: 0, now: () => new Date(), monotonicMs: () => clock.ms }
  const limiter = new DenialLimiter(journal, clock)
  const seconds = 20
  const perMs = 50
  const flood = entry('exchange.refused')
  let served = 0
  for (; clock.ms < seconds * 1_000; clock.ms++) {
    for (let index = 0; index < perMs; index++) void limiter.append(flood)
    if (clock.ms % 1_000 !== 500) continue
    await limiter.append({ ...entry('exchange.intended', 'sbx_2', 'another'), id: `exc_${served++}` })
  }
  await limiter.close()
  await journal.close()
  const path = journalPath(directory, journal.head!.journal)
  const events = [...readJournal(path)].map(({ text }) => JSON.parse(text).event as AuditEntry)
  assert.equal(events.filter(({ project }) => project === 'another').length, seconds)
  const single = events.filter(({ kind }) => kind === 'exchange.refused').length
  const counted = countsOf(events).reduce<number>((sum, count) => sum + (count ?? 0), 0)
  assert.equal(single, seconds * 50)
  assert.equal(single + counted, 1_000_000)
  assert.ok(statSync(path).size < 500_000, String(statSync(path).size))
  assert.equal((await verifyAudit({ directory })).ok, true)
})
