import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { missingRequirements } from '../fixtures/requirements.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'

const skip = missingRequirements('test').some(({ name }) => name === 'openssl') && 'openssl not installed'
const folder = makeTemporaryHome()
after(() => folder[Symbol.dispose]())

/** The parts of the results that the test looks at. */
interface Results {
  readonly isComplete: boolean
  readonly machine: Readonly<Record<string, unknown>>
  readonly peers: readonly { readonly name: string; readonly version: string | null }[]
  readonly scenarios: readonly {
    readonly name: string
    readonly rows: readonly {
      readonly peer: string
      readonly rounds: readonly Readonly<Record<string, number>>[]
      readonly voidReason?: string
    }[]
  }[]
  readonly goals: readonly { readonly what: string; readonly value: number | null }[]
}

function startBench(args: readonly string[]) {
  const script = join(repositoryRoot, 'tools/bench/main.ts')
  const child = spawn(process.execPath, ['--conditions=source', script, ...args], {
    env: { ...process.env, TMPDIR: folder.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  return { child, ended, stdout: () => stdout, stderr: () => stderr }
}

const tiny = ['--short', '--rounds', '1', '--seconds', '0.2', '--warm-up', '40']

test('the short form measures our planes and the direct way without an error, and leaves nothing behind', {
  skip,
}, async () => {
  const { ended, stdout, stderr } = startBench([...tiny, '--json'])
  await ended
  const results = JSON.parse(stdout()) as Results
  assert.ok(results.isComplete)
  assert.deepEqual(Object.keys(results.machine).sort(), ['cores', 'kernel', 'loads', 'node', 'processor'])
  const installed = results.peers.filter(({ version }) => version !== null).map(({ name }) => name)
  assert.ok(installed.includes('direct') && installed.includes('reference'))
  assert.ok(results.scenarios.length > 5)
  for (const { name, rows } of results.scenarios) {
    const absent =
      { 'first-host': ['direct'], h2: ['direct', 'reference'], 'search-small': ['direct'], 'search-text': ['direct'] }[
        name
      ] ?? []
    const expected = installed.filter((peer) => !absent.includes(peer))
    assert.deepEqual(
      rows.map(({ peer, rounds, voidReason }) => [peer, rounds.length, voidReason]),
      expected.map((peer) => [peer, 1, undefined]),
      `${name}: ${stderr()}`,
    )
    for (const { rounds } of rows) assert.ok(Object.values(rounds[0] ?? {}).every(Number.isFinite), name)
  }
  assert.equal(results.goals.length, 22)
  assert.deepEqual(readdirSync(folder.path), [])
})

test('an interrupted run says what it has, stops what it started, and leaves nothing behind', { skip }, async () => {
  const { child, ended, stdout, stderr } = startBench([...tiny, '--only', 'small,events', '--seconds', '60', '--json'])
  const { promise: isMeasuring, resolve } = Promise.withResolvers<void>()
  child.stderr.on('data', () => stderr().includes('small, round 1') && resolve())
  await Promise.race([isMeasuring, ended])
  child.kill('SIGINT')
  const [code] = await ended
  assert.equal(code, 130, stderr())
  const { isComplete, scenarios } = JSON.parse(stdout()) as Results
  assert.deepEqual([isComplete, scenarios], [false, []])
  assert.deepEqual(readdirSync(folder.path), [])
})

test('what the bench does not know is refused before anything starts', async () => {
  const { ended, stderr } = startBench(['--only', 'nothing'])
  assert.deepEqual([(await ended)[0], stderr().split(':')[0]], [1, '--only'])
})
