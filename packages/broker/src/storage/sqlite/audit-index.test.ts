import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ActivityRow, CoatcheckError } from '@coatcheck/contract'
import type { ActivityFilter } from '../../audit/audit-index.ts'
import type { AuditEntry } from '../../audit/audit-log.ts'
import { Journal } from '../../audit/journal.ts'
import { journalPath } from '../../audit/journal-directory.ts'
import { SqliteAuditIndex } from './audit-index.ts'

const root = mkdtempSync(join(tmpdir(), 'coatcheck-index-'))
after(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
function setUp() {
  const directory = join(root, `audit-${++folders}`)
  const clock = {
    ms: Date.parse('2026-01-02T12:00:00.000Z'),
    now: () => new Date(clock.ms),
    monotonicMs: () => clock.ms,
  }
  const journal = new Journal({ directory, nodeId: 'node-1', clock })
  const index = new SqliteAuditIndex(directory)
  const append = (...entries: readonly AuditEntry[]) => Promise.all(entries.map((entry) => journal.append(entry)))
  const close = async (): Promise<void> => {
    index.close()
    await journal.close()
  }
  return { directory, clock, journal, index, append, close }
}

const project = 'default'
const intended = (id: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  id,
  kind: 'exchange.intended',
  project,
  sandbox: 'sbx_1',
  host: 'api.stripe.com',
  secrets: ['stripe@3'],
  ...more,
})
const completed = (id: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  ...intended(id, more),
  kind: 'exchange.completed',
  status: 200,
})
const refused = (id: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  id,
  kind: 'exchange.refused',
  project,
  sandbox: 'sbx_1',
  host: 'evil.example',
  status: 403,
  code: 'destination_denied',
  ...more,
})

const idsOf = (rows: readonly ActivityRow[]): readonly string[] => rows.map(({ id }) => id)
const list = (index: SqliteAuditIndex, filter: Partial<ActivityFilter> = {}): readonly ActivityRow[] =>
  index.query({ project, limit: 1_000, ...filter }).items
const indexFiles = (directory: string): readonly string[] =>
  readdirSync(directory).filter((name) => name.startsWith('index-'))
const refusal = (code: string) => (error: unknown) => error instanceof CoatcheckError && error.code === code

test('A2 intent and outcome are one row, open until the outcome is recorded', async () => {
  const { clock, index, append, close } = setUp()
  await append(intended('exc_1'))
  assert.deepEqual(
    list(index).map(({ id, decision, at }) => ({ id, decision, at })),
    [{ id: 'exc_1', decision: 'open', at: '2026-01-02T12:00:00.000Z' }],
  )
  clock.ms += 5_000
  await append(completed('exc_1', { latencyMs: 12 }))
  const [row, ...others] = list(index)
  assert.deepEqual(others, [])
  assert.deepEqual(row, {
    id: 'exc_1',
    kind: 'exchange',
    decision: 'allowed',
    at: '2026-01-02T12:00:00.000Z',
    event: { ...completed('exc_1', { latencyMs: 12 }), at: '2026-01-02T12:00:00.000Z' },
  })
  await close()
})

test('A3 every kind of record is listed as what it is', async () => {
  const { index, append, close } = setUp()
  await append(
    intended('exc_1'),
    refused('exc_2'),
    { ...refused('exc_2'), kind: 'alarm.raised' },
    { ...intended('con_1'), kind: 'connection.intended' },
    { ...completed('con_1'), kind: 'connection.completed' },
    { ...refused('con_2'), kind: 'connection.refused' },
    { ...refused('evt_1'), kind: 'name.refused' },
    { id: 'evt_2', kind: 'denials.counted', project, sandbox: 'sbx_1', count: 9 },
    { id: 'evt_3', kind: 'secret.rotated', project, subject: 'stripe' },
    { id: 'evt_4', kind: 'row.tampered', project, code: 'row_tampered' },
  )
  assert.deepEqual(
    list(index)
      .map(({ id, kind, decision }) => `${id} ${kind} ${decision}`)
      .sort(),
    [
      'con_1 connection allowed',
      'con_2 connection refused',
      'evt_1 name refused',
      'evt_2 denials refused',
      'evt_3 management allowed',
      'evt_4 management refused',
      'exc_1 exchange open',
      'exc_2 alarm refused',
      'exc_2 exchange refused',
    ],
  )
  await close()
})

test('A1 rows are found by kind, sandbox, secret, host, decision, status and time', async () => {
  const { clock, index, append, close } = setUp()
  await append(intended('exc_1'), completed('exc_1'), refused('exc_2'))
  clock.ms += 60_000
  await append(intended('exc_3', { sandbox: 'sbx_2', secrets: ['github@1', 'stripe@4'], host: 'api.github.com' }), {
    ...refused('con_1', { sandbox: 'sbx_2' }),
    kind: 'connection.refused',
  })
  const cases: readonly (readonly [Partial<ActivityFilter>, readonly string[]])[] = [
    [{}, ['con_1', 'exc_1', 'exc_2', 'exc_3']],
    [{ kinds: ['exchange'] }, ['exc_1', 'exc_2', 'exc_3']],
    [{ kinds: ['connection', 'alarm'] }, ['con_1']],
    [{ kinds: [] }, []],
    [{ sandbox: 'sbx_2' }, ['con_1', 'exc_3']],
    [{ secret: 'stripe' }, ['exc_1', 'exc_3']],
    [{ secret: 'github' }, ['exc_3']],
    [{ secret: 'git' }, []],
    [{ host: 'API.stripe.com' }, ['exc_1']],
    [{ host: 'stripe.com' }, []],
    [{ decision: 'refused' }, ['con_1', 'exc_2']],
    [{ decision: 'open' }, ['exc_3']],
    [{ status: 200 }, ['exc_1']],
    [{ since: '2026-01-02T12:01:00Z' }, ['con_1', 'exc_3']],
    [{ since: '2026-01-02T13:00:00.001+01:00' }, ['con_1', 'exc_3']],
    [{ since: '2026-01-02T12:01:00.001Z' }, []],
    [{ sandbox: 'sbx_1', decision: 'allowed', secret: 'stripe', status: 200 }, ['exc_1']],
  ]
  for (const [filter, expected] of cases) {
    assert.deepEqual(idsOf(list(index, filter)).toSorted(), expected, JSON.stringify(filter))
  }
  await close()
})

test('A1 a project sees nothing of another one, whatever it asks for', async () => {
  const { index, append, close } = setUp()
  await append(completed('exc_1', { project: 'another' }), refused('exc_1'))
  const theirs = list(index, { project: 'another' })
  assert.deepEqual(
    theirs.map(({ id, decision }) => `${id} ${decision}`),
    ['exc_1 allowed'],
  )
  assert.deepEqual(idsOf(list(index, { secret: 'stripe' })), [])
  assert.deepEqual(list(index, { project: "' OR 1=1 --" }), [])
  await close()
})

for (const order of ['newest', 'oldest'] as const) {
  test(`A1 pages in the order ${order} have every row once, while rows are added`, async () => {
    const { clock, index, append, close } = setUp()
    for (let row = 0; row < 25; row++) {
      await append(refused(`exc_${row}`))
      // Several rows share one instant.
      if (row % 4 === 3) clock.ms += 1_000
    }
    const all = idsOf(list(index, { order }))
    const seen: string[] = []
    let cursor: string | null = null
    for (let page = 0; page < 10; page++) {
      const query = { project, order, limit: 7, ...(cursor === null ? {} : { cursor }) }
      const answer = index.query(query)
      seen.push(...idsOf(answer.items))
      if (order === 'newest') {
        clock.ms += 1
        await append(refused(`exc_later_${page}`))
      }
      cursor = answer.cursor
      if (cursor === null) break
    }
    assert.deepEqual(seen, all)
    assert.equal(new Set(seen).size, 25)
    await close()
  })
}

test('A1 what was recorded in one millisecond is listed in the order of the journal', async () => {
  const { index, append, close } = setUp()
  // Offsets of two to five digits, and ids in an order that is neither of both.
  const ids = Array.from({ length: 60 }, (_, number) => `exc_${(number * 37) % 60}`)
  for (const id of ids) await append(refused(id, { secrets: ['stripe@3'] }))
  for (const secret of [undefined, 'stripe']) {
    const of = secret === undefined ? {} : { secret }
    assert.deepEqual(idsOf(list(index, { order: 'oldest', ...of })), ids)
    assert.deepEqual(idsOf(list(index, of)), ids.toReversed())
  }
  await close()
})

test('A1 a limit, a cursor or a time that is none is refused', async () => {
  const { index, close } = setUp()
  const bad: readonly Partial<ActivityFilter>[] = [
    { limit: 0 },
    { limit: 1.5 },
    { limit: Number.NaN },
    { cursor: 'x' },
    { cursor: Buffer.from('{"at":1}').toString('base64url') },
    { cursor: Buffer.from('[1,2]').toString('base64url') },
    { since: 'yesterday' },
  ]
  for (const filter of bad) assert.throws(() => list(index, filter), refusal('request_invalid'), JSON.stringify(filter))
  assert.deepEqual(list(index, { limit: 1_000_000 }), [])
  await close()
})

test('A2 the index and what SQLite puts beside it are readable by nobody else (R-98)', async () => {
  const { directory, index, append, close } = setUp()
  await append(refused('exc_1'))
  list(index)
  const files = indexFiles(directory)
  assert.equal(files.length, 3)
  for (const name of files) assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name)
  await close()
})

test('A2 an incomplete last line is read once it is complete, and a line that is no record is stepped over', async () => {
  const { directory, journal, index, append, close } = setUp()
  await append(refused('exc_1'))
  await journal.close()
  const path = journalPath(directory, journal.head!.journal)
  const line = `{"seq":3,"event":${JSON.stringify({ ...refused('exc_2'), at: '2026-01-02T12:00:01.000Z' })},"hash":""}`
  appendFileSync(path, 'no record\n{"seq":3,"event":7}\n')
  appendFileSync(path, line.slice(0, 40))
  assert.deepEqual(idsOf(list(index)), ['exc_1'])
  assert.deepEqual(idsOf(list(index)), ['exc_1'])
  appendFileSync(path, `${line.slice(40)}\n`)
  assert.deepEqual(idsOf(list(index)), ['exc_2', 'exc_1'])
  await close()
})

for (const [name, damage] of [
  ['missing', (path: string) => rmSync(path)],
  ['no database', (path: string) => writeFileSync(path, 'no database, but long enough for a header '.repeat(300))],
  ['cut', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 5_000))],
  ['of another schema', (path: string) => writeFileSync(path, '')],
] as const) {
  test(`A2 an index that is ${name} is made anew out of the journals`, async () => {
    const { directory, index, append, close } = setUp()
    await append(intended('exc_1'), completed('exc_1'), refused('exc_2'))
    const before = list(index)
    index.close()
    const [file = ''] = indexFiles(directory)
    damage(join(directory, file))
    const reopened = new SqliteAuditIndex(directory)
    assert.deepEqual(list(reopened), before)
    reopened.close()
    assert.equal(indexFiles(directory).length, 1)
    await close()
  })
}

test('A2 an index of another version and what is left of a dead process are removed', async () => {
  const { directory, index, append, close } = setUp()
  index.close()
  const left = ['index-0-0123456789abcdef.db', 'index-0-0123456789abcdef.db-wal', 'index-1-0123456789abcdef.db.new']
  for (const name of left) writeFileSync(join(directory, name), 'left')
  const reopened = new SqliteAuditIndex(directory)
  await append(refused('exc_1'))
  assert.deepEqual(idsOf(list(reopened)), ['exc_1'])
  assert.ok(indexFiles(directory).every((name) => !left.includes(name)))
  reopened.close()
  await close()
})

test('A2 an index that is removed while it is open goes on, and the next opening makes it anew', async () => {
  const { directory, index, append, close } = setUp()
  const other = new SqliteAuditIndex(directory)
  await append(refused('exc_1'))
  assert.deepEqual(idsOf(list(index)), ['exc_1'])
  for (const name of indexFiles(directory)) rmSync(join(directory, name))
  await append(refused('exc_2'))
  const later = new SqliteAuditIndex(directory)
  for (const one of [index, other, later]) assert.deepEqual(idsOf(list(one)).toSorted(), ['exc_1', 'exc_2'])
  await append(refused('exc_3'))
  for (const one of [later, other, index]) assert.equal(list(one).length, 3)
  later.close()
  other.close()
  await close()
})

test('A2 an index that is damaged while it is open is made anew', async () => {
  const { directory, index, append, close } = setUp()
  const ids = Array.from({ length: 300 }, (_, row) => `exc_${row}`)
  await append(...ids.map((id) => refused(id)))
  assert.equal(list(index).length, 300)
  for (const name of indexFiles(directory)) {
    const path = join(directory, name)
    writeFileSync(path, Buffer.alloc(statSync(path).size, 0x5a))
  }
  await append(refused('exc_last'))
  assert.equal(list(index).length, 301)
  const later = new SqliteAuditIndex(directory)
  assert.equal(list(later).length, 301)
  later.close()
  await close()
})

test('A2 several processes read into one index, and no row is lost or doubled', async () => {
  const { directory, index, append, close } = setUp()
  const child = fileURLToPath(new URL('./audit-index-reader.suite.ts', import.meta.url))
  const readers = Array.from({ length: 2 }, () => {
    const reader = spawn(
      process.execPath,
      ['--conditions=source', '--disable-warning=ExperimentalWarning', child, directory],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    let output = ''
    const ready = Promise.withResolvers<void>()
    reader.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      ready.resolve()
    })
    const done = Promise.withResolvers<string>()
    reader.on('error', done.reject)
    reader.on('close', () => done.resolve(output))
    return { ready: ready.promise, stop: () => reader.stdin.end(), done: done.promise }
  })
  await Promise.race([Promise.all(readers.map(({ ready }) => ready)), Promise.all(readers.map(({ done }) => done))])
  const second = new Journal({ directory, nodeId: 'node-1', clock: { now: () => new Date(), monotonicMs: () => 0 } })
  for (let round = 0; round < 60; round++) {
    const ids = Array.from({ length: 10 }, (_, at) => `exc_${round}_${at}`)
    await append(...ids.map((id) => intended(id)))
    await Promise.all(ids.map((id) => second.append(completed(id))))
    if (round % 7 === 0) list(index)
    await new Promise((resolve) => setImmediate(resolve))
  }
  for (const { stop } of readers) stop()
  const outputs = await Promise.all(readers.map(({ done }) => done))
  const rows = index.query({ project, limit: 1_000 }).items
  assert.equal(rows.length, 600)
  assert.ok(rows.every(({ decision }) => decision === 'allowed'))
  assert.deepEqual(outputs, ['ready\n600 600', 'ready\n600 600'])
  await second.close()
  await close()
})
