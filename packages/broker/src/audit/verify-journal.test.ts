import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { AuditCheckpoint } from '@coatcheck/contract'
import fc from 'fast-check'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { asciiJson } from './ascii-json.ts'
import { signCheckpoint } from './checkpoint.ts'
import { readCheckpointKey } from './checkpoint-key.ts'
import { Checkpointer } from './checkpointer.ts'
import { Journal } from './journal.ts'
import { journalPath, listJournals } from './journal-directory.ts'
import { chainLine, chainSeed, claimedHead, lineRoomBytes } from './journal-line.ts'
import { readJournal } from './journal-reader.ts'
import { JournalTips } from './journal-tips.ts'
import { verifyAudit } from './verify-journal.ts'

const root = mkdtempSync(join(tmpdir(), 'coatcheck-verify-'))
const original = join(root, 'original')
const keyFile = join(root, 'checkpoint-key')
after(() => rmSync(root, { recursive: true, force: true }))

const noon = Date.parse('2026-01-02T12:00:00.000Z')
let minutes = 0
const clock: Clock = { now: () => new Date(noon + minutes * 60_000), monotonicMs: () => minutes * 60_000 }
const instant = (minute: number): string => new Date(noon + minute * 60_000).toISOString()

const open = (directory: string): Journal => new Journal({ directory, nodeId: 'node-1', clock })

async function appendSome(journal: Journal, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await journal.append({ id: `exc_${index}`, kind: 'exchange.refused', project: 'default', path: `/é/${index}` })
  }
}

/** Three journals: one ended, two at work together; the anchor covers all of them. */
let anchor: AuditCheckpoint
before(async () => {
  const first = open(original)
  await appendSome(first, 4)
  await first.close()
  minutes = 1
  const second = open(original)
  const third = open(original)
  await Promise.all([appendSome(second, 3), appendSome(third, 2)])
  const checkpointer = new Checkpointer({ directory: original, journal: third, keyFile, clock })
  anchor = await checkpointer.exportCheckpoint()
  await checkpointer.close()
  await Promise.all([second.close(), third.close()])
})

let copies = 0
function copy(): string {
  const directory = join(root, `copy-${++copies}`)
  cpSync(original, directory, { recursive: true })
  return directory
}

function removeCheckpoints(directory: string): void {
  rmSync(join(directory, `${listJournals(directory).at(-1)}.checkpoint.json`), { force: true })
  for (const journal of listJournals(directory)) rmSync(join(directory, `${journal}.checkpoint.json`), { force: true })
}

const lines = (directory: string, journal: string): string[] =>
  [...readJournal(journalPath(directory, journal))].map(({ text }) => text)

/** A line as text. */
function lineOf(
  sequence: number,
  event: string,
  previousHash: string,
): { readonly text: string; readonly hash: string } {
  const target = Buffer.alloc(event.length + lineRoomBytes)
  const { end, hash } = chainLine(target, 0, sequence, event, previousHash)
  return { text: target.toString('latin1', 0, end), hash }
}

/** Writes events as a journal whose chain is right: what somebody does who can write and knows the format. */
function forge(directory: string, journal: string, events: readonly object[]): void {
  let hash = chainSeed(journal)
  const text = events.map((event, index) => {
    const line = lineOf(index + 1, asciiJson(event), hash)
    hash = line.hash
    return line.text
  })
  writeFileSync(journalPath(directory, journal), text.join(''))
}

const events = (directory: string, journal: string): object[] =>
  lines(directory, journal).map((text) => JSON.parse(text).event as object)

test('N7 an untouched journal verifies, and everything in it is anchored', async () => {
  const result = await verifyAudit({ directory: original, keyFile, anchors: [anchor] })
  assert.deepEqual(result, { ok: true, records: 12, journals: 3, faults: [], unanchoredSince: null })
})

test('N7 without an anchor the result says that nothing is anchored', async () => {
  const { ok, unanchoredSince } = await verifyAudit({ directory: original, keyFile })
  assert.deepEqual({ ok, unanchoredSince }, { ok: true, unanchoredSince: instant(0) })
})

test('N7 what was recorded after the anchor is unanchored since its first record', async () => {
  const directory = copy()
  minutes = 5
  const journal = open(directory)
  await appendSome(journal, 1)
  minutes = 6
  await appendSome(journal, 2)
  await journal.close()
  const { ok, unanchoredSince } = await verifyAudit({ directory, keyFile, anchors: [anchor] })
  assert.deepEqual({ ok, unanchoredSince }, { ok: true, unanchoredSince: instant(5) })
})

test('N7 a directory that does not exist holds no records, and all that an anchor knows is missing', async () => {
  const directory = join(root, 'nowhere')
  assert.equal((await verifyAudit({ directory })).ok, true)
  const { ok, faults } = await verifyAudit({ directory, anchors: [anchor] })
  assert.equal(ok, false)
  assert.match(faults.join('\n'), /is missing; the anchor of 2026-01-02T12:01:00.000Z knows 3 records of it/)
})

type Edit = (bytes: Buffer, random: () => number) => Buffer

const edits: Readonly<Record<string, Edit>> = {
  'a changed byte': (bytes, random) => {
    const edited = Buffer.from(bytes)
    const at = random() % edited.length
    edited[at] = ((edited[at] ?? 0) + 1 + (random() % 255)) % 256
    return edited
  },
  'a removed byte': (bytes, random) => {
    const at = random() % bytes.length
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
  },
  'an inserted byte': (bytes, random) => {
    const at = random() % bytes.length
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([random() % 256]), bytes.subarray(at)])
  },
  'a cut end': (bytes, random) => bytes.subarray(0, random() % bytes.length),
  'a removed line': (bytes, random) => editLines(bytes, (all) => all.splice(random() % all.length, 1)),
  'a doubled line': (bytes, random) =>
    editLines(bytes, (all) => {
      const at = random() % all.length
      all.splice(at, 0, all[at] ?? '')
    }),
  'two swapped lines': (bytes, random) =>
    editLines(bytes, (all) => {
      const from = random() % all.length
      const to = (from + 1 + (random() % (all.length - 1))) % all.length
      ;[all[from], all[to]] = [all[to] ?? '', all[from] ?? '']
    }),
}

function editLines(bytes: Buffer, edit: (lines: string[]) => void): Buffer {
  const all = bytes.toString('latin1').trimEnd().split('\n')
  edit(all)
  return Buffer.from(all.map((line) => `${line}\n`).join(''), 'latin1')
}

for (const [name, edit] of Object.entries(edits)) {
  test(`N7 before the anchor ${name} is found, wherever it is`, async () => {
    const directory = copy()
    const journals = listJournals(directory)
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.infiniteStream(fc.nat()), async (chosen, numbers) => {
        const path = journalPath(directory, journals[chosen] ?? '')
        const bytes = readFileSync(path)
        const edited = edit(bytes, () => numbers.next().value ?? 0)
        fc.pre(!edited.equals(bytes))
        writeFileSync(path, edited)
        const { ok } = await verifyAudit({ directory, keyFile, anchors: [anchor] })
        writeFileSync(path, bytes)
        assert.equal(ok, false)
      }),
      { numRuns: 60 },
    )
  })
}

test('N7 every journal that is removed, renamed or exchanged is found', async () => {
  for (const journal of listJournals(original)) {
    const removed = copy()
    rmSync(journalPath(removed, journal))
    assert.equal((await verifyAudit({ directory: removed, keyFile, anchors: [anchor] })).ok, false)

    const renamed = copy()
    renameSync(journalPath(renamed, journal), journalPath(renamed, newIdentifier('jrn')))
    assert.equal((await verifyAudit({ directory: renamed, keyFile, anchors: [anchor] })).ok, false)
  }
})

test('N7 without any anchor or checkpoint an older journal that is removed or cut is still found by the links of later ones', async () => {
  for (const damage of ['remove', 'cut'] as const) {
    const directory = copy()
    removeCheckpoints(directory)
    const older = listJournals(directory).find((journal) => lines(directory, journal).length === 5) ?? ''
    if (damage === 'remove') rmSync(journalPath(directory, older))
    else forge(directory, older, events(directory, older).slice(0, -1))
    const { ok, faults } = await verifyAudit({ directory, keyFile })
    assert.equal(ok, false)
    assert.match(faults.join(), damage === 'remove' ? /is missing/ : /ends at line 4; .* knows 5 lines of it/)
  }
})

test('N7 the checkpoint beside the journals finds a cut end without an anchor', async () => {
  const directory = copy()
  const [journal = ''] = listJournals(directory).filter((name) => lines(directory, name).length === 3)
  forge(directory, journal, events(directory, journal).slice(0, -1))
  assert.equal((await verifyAudit({ directory, keyFile })).ok, false)
})

test('SEC-10 a journal that was rewritten whole, with a right chain and newly signed checkpoints, fails against the anchor', async () => {
  const directory = copy()
  removeCheckpoints(directory)
  const tips = new JournalTips(original).read().map(({ journal }) => journal)
  // Who rewrites only what nothing links to leaves no trace in the directory itself.
  for (const journal of tips) forge(directory, journal, events(directory, journal).slice(0, -1))
  const heads = new JournalTips(directory).read()
  const key = readCheckpointKey(keyFile)
  assert.ok(key !== undefined)
  writeFileSync(join(directory, `${tips[0]}.checkpoint.json`), JSON.stringify(signCheckpoint(key, instant(1), heads)))
  assert.equal((await verifyAudit({ directory, keyFile })).ok, true)
  const { ok, faults } = await verifyAudit({ directory, keyFile, anchors: [anchor] })
  assert.equal(ok, false)
  assert.equal(faults.length, 2)
  assert.match(faults.join(), /ends at line \d; the anchor of .* knows \d lines of it/)
})

test('SEC-10 a journal whose last record was replaced fails against the anchor', async () => {
  const directory = copy()
  removeCheckpoints(directory)
  const [tip] = new JournalTips(original).read()
  const replaced = events(directory, tip?.journal ?? '')
  replaced.splice(-1, 1, { ...replaced.at(-1), host: 'harmless.example' })
  forge(directory, tip?.journal ?? '', replaced)
  const { faults } = await verifyAudit({ directory, keyFile, anchors: [anchor] })
  assert.match(faults.join(), /not the record that the anchor of .* knows/)
})

test('N7 a record that claims to be older than a checkpoint which does not know it is found', async () => {
  const directory = copy()
  const [tip] = new JournalTips(original).read()
  const journal = tip?.journal ?? ''
  const forged = { id: 'exc_forged', kind: 'exchange.refused', project: 'default', at: instant(-5) }
  forge(directory, journal, [...events(directory, journal), forged])
  const { faults } = await verifyAudit({ directory, keyFile })
  assert.match(faults.join(), /claims to be older than the checkpoint/)
})

test('N7 a journal slipped in with an old date is found', async () => {
  const directory = copy()
  const planted = newIdentifier('jrn')
  forge(directory, planted, [{ id: planted, kind: 'journal.opened', project: '', heads: [], at: instant(-5) }])
  const { faults } = await verifyAudit({ directory, keyFile })
  assert.match(faults.join(), /claims to be older than the checkpoint/)
})

test('N7 a journal that does not begin with its opening is found', async () => {
  const directory = copy()
  const planted = newIdentifier('jrn')
  forge(directory, planted, [{ id: 'exc_1', kind: 'exchange.refused', project: 'default', at: instant(2) }])
  assert.match((await verifyAudit({ directory, keyFile })).faults.join(), /does not open this journal/)
})

test('N7 an incomplete last line, as a dying process leaves it, is no fault and no record', async () => {
  const directory = copy()
  const [tip] = new JournalTips(original).read()
  const path = journalPath(directory, tip?.journal ?? '')
  writeFileSync(path, `${readFileSync(path, 'latin1')}{"seq":9,"event":{"id":"exc`)
  const { ok, records } = await verifyAudit({ directory, keyFile, anchors: [anchor] })
  assert.deepEqual({ ok, records }, { ok: true, records: 12 })
  assert.equal(new JournalTips(directory).read().length, 2)
})

test('N7 an anchor that was changed, or signed by another key, is refused', async () => {
  const [head] = anchor.heads
  assert.ok(head !== undefined)
  const changed = { ...anchor, heads: [{ ...head, sequence: 1 }] }
  const later = { ...anchor, at: instant(9) }
  const other = new Checkpointer({
    directory: copy(),
    journal: open(join(root, 'other')),
    keyFile: join(root, 'other-key'),
    clock,
  })
  const foreign = await other.exportCheckpoint()
  await other.close()
  for (const forged of [
    changed,
    later,
    { ...anchor, publicKey: foreign.publicKey, signature: foreign.signature },
    foreign,
  ]) {
    const { ok, faults } = await verifyAudit({ directory: original, keyFile, anchors: [forged] })
    assert.equal(ok, false)
    assert.match(faults.join(), /is not signed by the key of this installation/)
  }
})

test('N7 a stored checkpoint that is damaged is a fault, and so is a missing key', async () => {
  const directory = copy()
  const [journal] = listJournals(directory)
  writeFileSync(join(directory, `${journal}.checkpoint.json`), '{"at":')
  assert.match((await verifyAudit({ directory, keyFile })).faults.join(), /is no checkpoint/)
  const missing = await verifyAudit({ directory: original, keyFile: join(root, 'no-key') })
  assert.match(missing.faults.join(), /the key of the checkpoints, .*no-key, is missing/)
})

test('N7 a verification while journals grow finds nothing wrong', async () => {
  const directory = copy()
  minutes = 10
  const journal = open(directory)
  const checkpointer = new Checkpointer({ directory, journal, keyFile, clock })
  for (let round = 0; round < 20; round++) {
    const [result] = await Promise.all([
      verifyAudit({ directory, keyFile, anchors: [anchor] }),
      appendSome(journal, 50),
      checkpointer.exportCheckpoint(),
    ])
    assert.deepEqual(result.faults, [])
  }
  await checkpointer.close()
  await journal.close()
})

test('N7 the head that a line claims is read from its end', () => {
  const { text, hash } = lineOf(7, '{"note":",\\"hash\\":\\"x\\"}"}', 'previous')
  assert.deepEqual(claimedHead('jrn_x', text.trimEnd()), { journal: 'jrn_x', sequence: 7, hash })
  assert.equal(claimedHead('jrn_x', text.slice(0, -2)), undefined)
})
