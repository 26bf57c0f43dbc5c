import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync } from 'node:fs'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@coatcheck/sdk'
import { type Caller, callerKinds } from './caller.ts'
import { commandLine, descendants, isRunning } from './process-facts.ts'
import { startServe } from './serving-broker.ts'

const waitAttempts = 400
const pauseMs = 25

/** A command in a sandbox that goes on until something ends it. */
interface Running {
  readonly child: ChildProcess
  readonly exit: Promise<readonly [number | null, NodeJS.Signals | null]>
  /** Processes of the command itself, as the host sees them. */
  readonly inside: readonly number[]
}

async function startSandbox(caller: Caller): Promise<Running> {
  const script = 'echo ready; sleep 3600 & sleep 3601'
  const [program = '', ...args] = [...caller.coatcheck.argv, 'run', '--profile', 'locked', '--', 'sh', '-c', script]
  const options = {
    cwd: caller.folder,
    env: caller.coatcheck.env,
    stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'],
  }
  const child = spawn(program, args, options)
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  await once(child.stdout, 'data')
  const isSleeping = (pid: number) => commandLine(pid).startsWith('sleep 360')
  for (let attempt = 0; attempt < waitAttempts; attempt += 1) {
    const inside = descendants(child.pid ?? 0).filter(isSleeping)
    if (inside.length === 2) return { child, exit, inside }
    await delay(pauseMs)
  }
  throw new Error('the command in the sandbox was not found')
}

async function assertEnded(pids: readonly number[]): Promise<void> {
  for (let attempt = 0; attempt < waitAttempts && pids.some(isRunning); attempt += 1) await delay(pauseMs)
  assert.deepEqual(pids.filter(isRunning), [])
}

for (const { name, skip, make } of callerKinds) {
  describe(`coatcheck serve as ${name}`, { skip }, () => {
    test('serves one home, and refuses to be the second there', async () => {
      using caller = make()
      await using broker = await startServe(caller)
      const second = await caller.coatcheck.run(['serve', '--json'])
      assert.equal(second.code, 4)
      assert.equal(JSON.parse(second.stderr).code, 'home_in_use')
      assert.equal((await createClient(broker).status()).vault, 'unlocked', 'the first one goes on')
    })

    test('says where sandboxes from elsewhere come in, and opens no such door in clear off loopback (SEC-08)', async () => {
      using caller = make()
      const open = await caller.coatcheck.run(['serve', '--json', '--proxy', '0.0.0.0:0'])
      assert.equal(JSON.parse(open.stderr).code, 'tls_required')
      await using broker = await startServe(caller, { args: ['--proxy', '127.0.0.1:0'] })
      const [, proxyUrl = ''] = /"proxyUrl":"([^"]+)"/.exec(broker.said()) ?? []
      assert.match(proxyUrl, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
      const { status } = await fetch(`${proxyUrl}/v1/status`)
      assert.equal(status, 401)
    })

    test('ends its sandboxes when it is told to end', async () => {
      using caller = make()
      const broker = await startServe(caller)
      const { exit, inside } = await startSandbox(caller)
      assert.equal((await createClient(broker).status()).sandboxes, 1)
      broker.serve.kill('SIGTERM')
      assert.deepEqual(await broker.ended, [0, null])
      const [code] = await exit
      assert.notEqual(code, 0)
      await assertEnded([broker.pid, ...inside])
      assert.ok(!existsSync(broker.socketPath))
    })

    test('leaves no broker behind when the command is killed and the broker is not', async () => {
      using caller = make()
      const broker = await startServe(caller)
      const chain = [broker.serve.pid ?? 0, ...descendants(broker.serve.pid ?? 0)]
      const below = new Set([broker.pid, ...descendants(broker.pid)])
      for (const pid of chain.filter((candidate) => !below.has(candidate))) process.kill(pid, 'SIGKILL')
      await assertEnded([broker.pid])
      assert.ok(!existsSync(broker.socketPath))
    })

    test('takes its sandboxes along when it is killed, and the socket that it leaves is no obstacle', async () => {
      using caller = make()
      const broker = await startServe(caller)
      const { exit, inside } = await startSandbox(caller)
      process.kill(broker.pid, 'SIGKILL')
      const [code] = await broker.ended
      assert.equal(code, 137)
      assert.notEqual((await exit)[0], 0)
      await assertEnded(inside)
      assert.ok(lstatSync(broker.socketPath).isSocket())

      await using next = await startServe(caller)
      const { vault, journal } = await createClient(next).status()
      assert.deepEqual([vault, journal], ['unlocked', 'ok'])
      const { code: ran, stderr } = await caller.coatcheck.run(['run', '--', 'true'], { cwd: caller.folder })
      assert.equal(ran, 0, stderr)
    })
  })
}
