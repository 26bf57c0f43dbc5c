import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { systemClock } from '../foundation/clock.ts'
import type { AuditEntry } from './audit-log.ts'
import { Journal } from './journal.ts'
import { journalPath, listJournals } from './journal-directory.ts'
import { readJournal } from './journal-reader.ts'
import { verifyAudit } from './verify-journal.ts'

const root = mkdtempSync(join(tmpdir(), 'coatcheck-journal-'))
after(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
const newDirectory = (): string => join(root, `audit-${++folders}`)
const open = (directory: string, durability: 'process' | 'disk' = 'process') =>
  new Journal({ directory, nodeId: 'node-1', clock: systemClock, durability })
const entry = (id: string): AuditEntry => ({ id, kind: 'exchange.refused', project: 'default', host: 'evil.example' })
const unavailable = (error: unknown): boolean => error instanceof CoatcheckError && error.code === 'audit_unavailable'

function eventIds(directory: string): readonly string[] {
  return listJournals(directory).flatMap((journal) =>
    [...readJournal(journalPath(directory, journal))].map(({ text }) => JSON.parse(text).event.id as string),
  )
}

test('A2 a record is in the file when its append resolves', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  await journal.append(entry('exc_1'))
  assert.deepEqual(eventIds(directory), [journal.head!.journal, 'exc_1'])
  await journal.close()
})

test('A2 a journal without an event is no file', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  assert.equal(journal.head, undefined)
  await journal.sync()
  await journal.close()
  assert.deepEqual(readdirSync(directory), [])
})

test('A2 records of one tick stand in the order of their appends', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  const ids = Array.from({ length: 500 }, (_, index) => `exc_${index}`)
  await Promise.all(ids.map((id) => journal.append(entry(id))))
  assert.deepEqual(eventIds(directory).slice(1), ids)
  assert.equal(journal.head!.sequence, 501)
  await journal.close()
  assert.equal((await verifyAudit({ directory })).ok, true)
})

test('A2 an entry that its caller changes after the append is recorded as it was', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  const mutable = { ...entry('exc_before') }
  const appended = journal.append(mutable)
  Object.assign(mutable, { id: 'exc_after' })
  await appended
  assert.ok(eventIds(directory).includes('exc_before'))
  await journal.close()
})

test('A2 the directory is 0700 and the journal 0600, whatever they were and the umask is (R-98)', async () => {
  const directory = newDirectory()
  await open(directory).close()
  chmodSync(directory, 0o755)
  const journal = open(directory)
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  for (const name of listJournals(directory)) {
    assert.equal(statSync(journalPath(directory, name)).mode & 0o777, 0o600)
  }
  await journal.close()
})

test('A2 a directory that is a symbolic link is refused', async () => {
  const directory = newDirectory()
  await open(directory).close()
  symlinkSync(directory, `${directory}-link`)
  assert.throws(() => open(`${directory}-link`), unavailable)
})

test('A2 text of an agent cannot reach a terminal as control characters, nor forge a line (R-80)', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  const hostile = 'a\r\n{"seq":9}\u001b[2J\u007f\u0085\u2028\u202e\ud800é'
  await journal.append({ ...entry('exc_1'), note: hostile })
  const bytes = readFileSync(journalPath(directory, journal.head!.journal), 'latin1')
  assert.match(bytes, /^(?:[\x20-\x7e]+\n){2}$/)
  assert.equal(JSON.parse(bytes.split('\n')[1] ?? '').event.note, hostile)
  await journal.close()
})

test('A2 after the close nothing is taken, and what waited was written', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  const waiting = journal.append(entry('exc_1'))
  const closed = journal.close()
  await waiting
  await closed
  await assert.rejects(journal.append(entry('exc_2')), unavailable)
  await journal.close()
  assert.deepEqual(eventIds(directory).slice(1), ['exc_1'])
})

test('A2 a record longer than a line may be is refused alone', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  const long = journal.append({ ...entry('exc_long'), note: 'x'.repeat(1024 * 1024) })
  const short = journal.append(entry('exc_short'))
  await assert.rejects(long, unavailable)
  await short
  assert.equal(journal.state, 'ok')
  await journal.close()
})

test('A2 level disk acknowledges after the sync, many at once', async () => {
  const directory = newDirectory()
  const journal = open(directory, 'disk')
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => journal.append(entry(`exc_${round}_${index}`))))
  }
  const last = journal.append(entry('exc_last'))
  await journal.close()
  await last
  assert.equal(eventIds(directory).length, 102)
  assert.equal((await verifyAudit({ directory })).ok, true)
})

for (const durability of ['process', 'disk'] as const) {
  test(`N7 a journal that is removed under a running process (${durability}) fails one batch, is linked from the next file and missed`, async () => {
    const directory = newDirectory()
    const journal = open(directory, durability)
    await journal.append(entry('exc_lost'))
    const lost = journal.head!.journal
    rmSync(journalPath(directory, lost))
    await assert.rejects(journal.append(entry('exc_refused')), unavailable)
    assert.equal(journal.state, 'failing')
    await journal.append(entry('exc_kept'))
    assert.equal(journal.state, 'ok')
    await journal.close()
    assert.deepEqual(eventIds(directory), [journal.head!.journal, 'exc_kept'])
    const { ok, faults } = await verifyAudit({ directory })
    assert.equal(ok, false)
    assert.match(faults.join(), new RegExp(`${lost}.jsonl is missing.* knows 2 records`))
  })
}

test('N7 a journal that another program cuts or adds to is given up', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  await journal.append(entry('exc_1'))
  appendFileSync(journalPath(directory, journal.head!.journal), 'forged\n')
  await assert.rejects(journal.append(entry('exc_2')), unavailable)
  await journal.append(entry('exc_3'))
  truncateSync(journalPath(directory, journal.head!.journal), 10)
  await assert.rejects(journal.append(entry('exc_4')), unavailable)
  await journal.append(entry('exc_5'))
  await journal.close()
  assert.equal((await verifyAudit({ directory })).ok, false)
})

test('A2 a directory that vanished is made again', async () => {
  const directory = newDirectory()
  const journal = open(directory)
  await journal.append(entry('exc_0'))
  rmSync(directory, { recursive: true })
  await assert.rejects(journal.append(entry('exc_1')), unavailable)
  await journal.append(entry('exc_2'))
  assert.ok(existsSync(journalPath(directory, journal.head!.journal)))
  await journal.close()
})

test('A2 nothing stands in the way of a second process with the same directory', async () => {
  const directory = newDirectory()
  const [one, other] = [open(directory), open(directory)]
  await Promise.all([one.append(entry('exc_1')), other.append(entry('exc_2')), one.append(entry('exc_3'))])
  await one.close()
  await other.close()
  assert.deepEqual(
    eventIds(directory)
      .filter((id) => id.startsWith('exc'))
      .sort(),
    ['exc_1', 'exc_2', 'exc_3'],
  )
  const { ok, journals } = await verifyAudit({ directory })
  assert.deepEqual({ ok, journals }, { ok: true, journals: 2 })
})

test('A2 no descriptor stays open behind a journal', {
  skip: existsSync('/proc/self/fd') ? false : 'needs /proc',
}, async () => {
  const directory = newDirectory()
  const count = (): number => readdirSync('/proc/self/fd').length
  const before = count()
  for (let start = 0; start < 5; start++) await open(directory).close()
  const journal = open(directory)
  await journal.append(entry('exc_1'))
  rmSync(journalPath(directory, journal.head!.journal))
  await assert.rejects(journal.append(entry('exc_2')), unavailable)
  await journal.append(entry('exc_3'))
  await verifyAudit({ directory })
  await journal.close()
  assert.equal(count(), before)
})

test('N7 a journal links only to those that no other one continues from', async () => {
  const directory = newDirectory()
  for (let start = 0; start < 5; start++) {
    const journal = open(directory)
    await journal.append(entry(`exc_${start}`))
    await journal.close()
  }
  const links = listJournals(directory).map((journal) => {
    const [first] = readJournal(journalPath(directory, journal))
    return JSON.parse(first?.text ?? '').event.heads.length as number
  })
  assert.deepEqual(links.sort(), [0, 1, 1, 1, 1])
})
