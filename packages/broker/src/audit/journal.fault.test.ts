import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { journalPath, listJournals } from './journal-directory.ts'
import { readJournal } from './journal-reader.ts'
import { verifyAudit } from './verify-journal.ts'

const kills = 60
const atOnce = 2
const root = mkdtempSync(join(tmpdir(), 'coatcheck-journal-fault-'))
after(() => rmSync(root, { recursive: true, force: true }))

const writer = [
  '--conditions=source',
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('./journal-writer.suite.ts', import.meta.url)),
]

interface Writer {
  readonly child: ChildProcess
  readonly started: Promise<void>
  readonly acknowledged: Promise<readonly string[]>
}

function startWriter(directory: string, name: string): Writer {
  const child = spawn(process.execPath, [...writer, 'until-killed', directory, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const started = Promise.withResolvers<void>()
  const acknowledged = Promise.withResolvers<readonly string[]>()
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    started.resolve()
  })
  child.on('error', started.reject)
  // What was told in full before the kill; the last piece may be half a line.
  child.on('close', () => {
    started.resolve()
    acknowledged.resolve(output.split('\n').slice(0, -1))
  })
  return { child, started: started.promise, acknowledged: acknowledged.promise }
}

async function killAtRandomMoment(directory: string, name: string): Promise<readonly string[]> {
  const { child, started, acknowledged } = startWriter(directory, name)
  try {
    await started
    await sleep(Math.random() * 25)
  } finally {
    child.kill('SIGKILL')
  }
  return acknowledged
}

function recordedIds(directory: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const journal of listJournals(directory)) {
    for (const { text } of readJournal(journalPath(directory, journal))) {
      const { id } = JSON.parse(text).event as { id: string }
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }
  return counts
}

test(`SEC-10 after kill -9 at ${kills} random moments no acknowledged record is lost or doubled, and the chain verifies`, async () => {
  const directory = join(root, 'killed')
  const acknowledged: string[] = []
  for (let round = 0; round < kills / atOnce; round++) {
    const names = Array.from({ length: atOnce }, (_, index) => `${round}x${index}`)
    const told = await Promise.all(names.map((name) => killAtRandomMoment(directory, name)))
    acknowledged.push(...told.flat())
  }
  const recorded = recordedIds(directory)
  assert.ok(acknowledged.length >= kills)
  for (const id of acknowledged) assert.equal(recorded.get(id), 1, id)
  assert.equal(Math.max(...recorded.values()), 1)
  const { ok, journals, faults } = await verifyAudit({ directory })
  assert.deepEqual({ ok, journals, faults }, { ok: true, journals: kills, faults: [] })
})

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0

test('A2 when the disk takes no more, what was acknowledged stays, the rest is refused, and writing goes on once there is room', {
  skip: hasPrlimit ? false : 'prlimit (util-linux) is not installed',
}, async () => {
  const directory = join(root, 'full')
  // 20 blocks of 1 KiB: the limit falls into the middle of a line, and the write that meets it is partial.
  const limited = [
    '-c',
    'ulimit -S -f 20; exec "$@"',
    'bash',
    process.execPath,
    ...writer,
    'until-full',
    directory,
    'f',
  ]
  const { stdout, stderr, status } = spawnSync('bash', limited, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  const { refused, recovered } = JSON.parse(stderr)
  assert.ok(refused.acknowledged < 7)
  assert.deepEqual({ ...refused, acknowledged: 0 }, { acknowledged: 0, state: 'failing', again: 0, repeated: 0 })
  assert.deepEqual(recovered, { acknowledged: 7, state: 'ok' })
  const [journal = ''] = listJournals(directory)
  assert.match(readFileSync(journalPath(directory, journal), 'utf8'), /\}\n$/)
  const recorded = [...recordedIds(directory).keys()].filter((id) => id.startsWith('exc'))
  assert.deepEqual(recorded, stdout.trimEnd().split('\n'))
  assert.equal((await verifyAudit({ directory })).ok, true)
})
