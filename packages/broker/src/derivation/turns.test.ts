import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as turnOfLoop } from 'node:timers/promises'
import { Turns } from './turns.ts'

const soon = (): AbortSignal => AbortSignal.timeout(10_000)

function makeFolder(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'coatcheck-turns-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  return join(root, 'turns')
}

test('AC-5.1: a turn is had by one at a time, and passed on', async (context) => {
  const folder = makeFolder(context)
  const [one, other] = [new Turns(folder), new Turns(folder)]
  let having = 0
  let most = 0
  await Promise.all(
    [one, other, one, other].map(async (turns) => {
      using _turn = await turns.take('sec_1', soon())
      most = Math.max(most, ++having)
      await turnOfLoop()
      having -= 1
    }),
  )
  assert.equal(most, 1)
})

test('whoever waits for a turn gives up when it is told to', async (context) => {
  const folder = makeFolder(context)
  using _turn = await new Turns(folder).take('sec_1', soon())
  await assert.rejects(new Turns(folder).take('sec_1', AbortSignal.timeout(50)))
})

test('AC-5.2: the turn of a process that is killed is free', async (context) => {
  const folder = makeFolder(context)
  const script = `
    const { Turns } = await import(${JSON.stringify(join(import.meta.dirname, 'turns.ts'))})
    await new Turns(${JSON.stringify(folder)}).take('sec_1', AbortSignal.timeout(10_000))
    process.stdout.write('taken')
    setInterval(() => {}, 1_000)
  `
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  context.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  await assert.rejects(new Turns(folder).take('sec_1', AbortSignal.timeout(50)))
  child.kill('SIGKILL')
  await ended
  using _turn = await new Turns(folder).take('sec_1', soon())
})

test('what is locked is empty, and nobody else’s', async (context) => {
  const folder = makeFolder(context)
  for (const id of ['sec_1', 'sec_2', 'sec_3']) {
    using _turn = await new Turns(folder).take(id, soon())
  }
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  for (const name of readdirSync(folder)) {
    const { mode, size } = statSync(join(folder, name))
    assert.deepEqual([mode & 0o777, size], [0o600, 0])
  }
})
