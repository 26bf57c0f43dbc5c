import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { systemClock } from '../foundation/clock.ts'
import { parseCheckpoint } from './checkpoint.ts'
import { openCheckpointKey } from './checkpoint-key.ts'
import { Journal } from './journal.ts'
import { openJournalInspector } from './journal-inspector.ts'

const root = mkdtempSync(join(tmpdir(), 'coatcheck-checkpoint-'))
after(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
function setUp(intervalMs?: number) {
  const directory = join(root, `audit-${++folders}`)
  const keyFile = join(root, `key-${folders}`)
  const journal = new Journal({ directory, nodeId: 'node-1', clock: systemClock })
  const inspector = openJournalInspector({
    directory,
    journal,
    keyFile,
    clock: systemClock,
    ...(intervalMs === undefined ? {} : { intervalMs }),
  })
  return { directory, journal, inspector }
}

const stored = (directory: string): readonly string[] =>
  readdirSync(directory).filter((name) => name.includes('checkpoint'))
const refusal = (code: string) => (error: unknown) => error instanceof CoatcheckError && error.code === code

test('N7 an exported checkpoint anchors what was recorded, and is kept beside the journals with mode 0600', async () => {
  const { directory, journal, inspector } = setUp()
  await journal.append({ id: 'evt_1', kind: 'vault.unlocked', project: 'default' })
  const exported = await inspector.checkpoint()
  assert.deepEqual(exported.heads, [journal.head])
  const [name = '', ...others] = stored(directory)
  assert.deepEqual(others, [])
  assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600)
  assert.deepEqual(parseCheckpoint(readFileSync(join(directory, name), 'utf8')), exported)
  assert.equal((await inspector.verify([exported])).unanchoredSince, null)
  await inspector.close()
  await journal.close()
})

test('N7 checkpoints are taken by themselves, when there is something new', async () => {
  const { directory, journal, inspector } = setUp(5)
  await journal.append({ id: 'evt_1', kind: 'vault.locked', project: 'default' })
  for (let waited = 0; stored(directory).length === 0; waited++) {
    assert.ok(waited < 1_000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const [name = ''] = stored(directory)
  const before = statSync(join(directory, name)).ino
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(statSync(join(directory, name)).ino, before)
  await inspector.close()
  await journal.close()
})

test('N7 the last checkpoint is taken when the broker stops', async () => {
  const { directory, journal, inspector } = setUp()
  await journal.append({ id: 'evt_1', kind: 'vault.locked', project: 'default' })
  await inspector.close()
  await journal.close()
  assert.equal(stored(directory).length, 1)
})

test('N7 a process that records nothing writes neither a journal nor a checkpoint, and can state what others wrote', async () => {
  const { directory, journal, inspector } = setUp()
  const other = new Journal({ directory, nodeId: 'node-2', clock: systemClock })
  await other.append({ id: 'evt_1', kind: 'vault.locked', project: 'default' })
  assert.deepEqual((await inspector.checkpoint()).heads, [other.head])
  await inspector.close()
  await Promise.all([journal.close(), other.close()])
  assert.deepEqual(readdirSync(directory), [`${other.head?.journal}.jsonl`])
})

test('N7 a checkpoint states what the process wrote, not what the file was made to say', async () => {
  const { directory, journal, inspector } = setUp()
  await journal.append({ id: 'evt_1', kind: 'vault.locked', project: 'default' })
  const { journal: name } = journal.head!
  const path = join(directory, `${name}.jsonl`)
  writeFileSync(path, `${readFileSync(path, 'latin1').split('\n')[0]}\n`)
  const exported = await inspector.checkpoint()
  assert.equal(exported.heads[0]?.sequence, 2)
  assert.equal((await inspector.verify()).ok, false)
  await inspector.close()
  await journal.close()
})

test('N7 a checkpoint that cannot be kept is an error, and shows in the state until one could', async () => {
  const { directory, journal, inspector } = setUp()
  await journal.append({ id: 'evt_0', kind: 'vault.locked', project: 'default' })
  const head = journal.head!.journal
  rmSync(directory, { recursive: true })
  await assert.rejects(inspector.checkpoint(), refusal('audit_unavailable'))
  assert.equal(inspector.state, 'failing')
  await assert.rejects(journal.append({ id: 'evt_1', kind: 'vault.locked', project: 'default' }))
  await journal.append({ id: 'evt_2', kind: 'vault.locked', project: 'default' })
  await inspector.checkpoint()
  assert.equal(inspector.state, 'ok')
  assert.match((await inspector.verify()).faults.join(), new RegExp(`${head}.jsonl is missing`))
  await inspector.close()
  await journal.close()
})

test('N7 the key is made once, 0600, and the same for every process', () => {
  const file = join(root, 'shared-key')
  const [one, other] = [openCheckpointKey(file), openCheckpointKey(file)]
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.ok(one.publicKey.equals(other.publicKey))
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('shared-key')),
    ['shared-key'],
  )
})

test('N7 a key that others can read, a link, another kind of key or no key at all is refused', () => {
  const write = (name: string, text: string, mode = 0o600): string => {
    const file = join(root, name)
    writeFileSync(file, text, { mode })
    chmodSync(file, mode)
    return file
  }
  openCheckpointKey(join(root, 'good-key'))
  const good = readFileSync(join(root, 'good-key'), 'utf8')
  const link = join(root, 'link-key')
  symlinkSync(join(root, 'good-key'), link)
  const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const bad = [
    link,
    write('open-key', good, 0o640),
    write('ec-key', ecdsa.export({ type: 'pkcs8', format: 'pem' }) as string),
    write('no-key', 'hunter2-hunter2'),
  ]
  for (const file of bad) {
    assert.throws(
      () => openCheckpointKey(file),
      (error: Error) => refusal('checkpoint_key_unusable')(error) && !error.message.includes('hunter2'),
    )
  }
})

test('N7 what is no checkpoint is not read as one', () => {
  const head = { journal: 'jrn_00000000000000000000', sequence: 1, hash: '0'.repeat(64) }
  const good = { at: '2026-01-02T12:00:00.000Z', heads: [head], publicKey: '', signature: '' }
  assert.deepEqual(parseCheckpoint(JSON.stringify({ ...good, more: 1 })), good)
  const bad = [
    '',
    'null',
    '[]',
    JSON.stringify({ ...good, at: '2026-01-02' }),
    JSON.stringify({ ...good, heads: {} }),
    JSON.stringify({ ...good, heads: [{ ...head, sequence: 0 }] }),
    JSON.stringify({ ...good, heads: [{ ...head, sequence: 1.5 }] }),
    JSON.stringify({ ...good, heads: [{ ...head, journal: '../../etc/passwd' }] }),
    JSON.stringify({ ...good, heads: [{ ...head, hash: 'F'.repeat(64) }] }),
    JSON.stringify({ ...good, signature: 1 }),
  ]
  for (const text of bad) assert.throws(() => parseCheckpoint(text), refusal('request_invalid'), text)
})
