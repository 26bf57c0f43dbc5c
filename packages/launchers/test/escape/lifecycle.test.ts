import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, suite, test } from 'node:test'
import { closeInheritedDescriptors } from '@coatcheck/launchers'
import { eventually, networkNamespaces, processesWith, siblings, zombies } from './process-table.ts'
import { openStandIn } from './stand-in-broker.ts'
import { inEveryWorld } from './world.ts'

const withinMs = 2_000

inEveryWorld(import.meta.filename, () => {
  suite('the life of gateways and sandboxes', () => {
    closeInheritedDescriptors()
    const holders: Holder[] = []
    const hold = async (...args: string[]) => {
      const holder = await Holder.start(...args)
      holders.push(holder)
      return holder
    }
    after(() => {
      for (const holder of holders) holder.child.kill('SIGKILL')
    })

    test('9. two sandboxes cannot reach each other, and each arrives at its own listeners only', async () => {
      const first = await openStandIn({ 'one.test': '198.18.0.10' })
      const second = await openStandIn({ 'two.test': '198.18.0.10' })
      try {
        const server = await second.launch(['/usr/bin/python3', '-m', 'http.server', '9000'])
        const url = 'http://10.255.0.2:9000/'
        const control = [
          '/usr/bin/curl',
          '-s',
          '-m',
          '3',
          '--retry',
          '20',
          '--retry-connrefused',
          '--retry-delay',
          '1',
          url,
        ]
        assert.equal((await second.run(control as [string, ...string[]])).code, 0)
        assert.notEqual((await first.run(['/usr/bin/curl', '-s', '-m', '3', url])).code, 0)

        assert.match((await first.run(['/usr/bin/curl', '-s', 'http://one.test/'])).stdout, /198\.18\.0\.10:80/)
        assert.deepEqual([first.arrivals.length, second.arrivals.length], [1, 0])
        assert.match((await second.run(['/usr/bin/curl', '-s', 'http://two.test/'])).stdout, /198\.18\.0\.10:80/)
        assert.deepEqual([first.arrivals.length, second.arrivals.length], [1, 1])
        assert.notEqual((await first.run(['/usr/bin/curl', '-s', '-m', '3', 'http://two.test/'])).code, 0)
        server.kill('SIGKILL')
        await server.exit
      } finally {
        await first.close()
        await second.close()
      }
    })

    test('10. SIGKILL of the broker ends its sandboxes, helpers and namespaces within 2 s', async () => {
      const before = networkNamespaces()
      const marker = freshMarker()
      const broker = await hold('both', marker)
      assert.ok((await broker.line(/^ready/)) && processesWith(marker).length > 3)
      broker.child.kill('SIGKILL')
      await assertGone(marker, before)
    })

    test('10. SIGKILL of the broker ends a sandbox that another process launched, within 2 s', async () => {
      const before = networkNamespaces()
      const marker = freshMarker()
      const broker = await hold('gateway')
      const launcher = await hold('sandbox', marker, broker.gatewayPid)
      assert.ok(await launcher.line(/^ready/))
      broker.child.kill('SIGKILL')
      assert.equal(await launcher.line(/^exit/), 'exit 137')
      await assertGone(marker, before)
    })

    test('10. SIGKILL of the process that launched a sandbox ends it, and leaves the gateway', async () => {
      const marker = freshMarker()
      const broker = await hold('gateway')
      const launcher = await hold('sandbox', marker, broker.gatewayPid)
      assert.ok(await launcher.line(/^ready/))
      launcher.child.kill('SIGKILL')
      assert.ok(await eventually(() => processesWith(marker).length === 0, withinMs))
      const next = await hold('sandbox', marker, broker.gatewayPid)
      assert.ok(await next.line(/^ready/))
    })

    test('10. without its gateway a sandbox reaches nothing, and no new one starts', async () => {
      const broker = await openStandIn({ 'api.test': '198.18.0.10' })
      const sandbox = await broker.launch(['sleep', '600'])
      await broker.close()
      await broker.closed
      assert.equal(await sandbox.exit, 137)
      await assert.rejects(broker.launch(['true']), { code: 'launch_impossible' })
    })

    test('10. a process that is not of a gateway is refused', async () => {
      const broker = await openStandIn({})
      try {
        for (const gatewayPid of [process.pid, 1, 0, -1, 4_000_000]) {
          await assert.rejects(broker.launch(['true'], { gatewayPid }), { code: 'launch_impossible' })
        }
      } finally {
        await broker.close()
      }
    })

    test('10. 100 gateways with a sandbox each leave no process, descriptor or namespace', async () => {
      const cycle = async () => {
        const broker = await openStandIn({}, [80])
        assert.equal((await broker.run(['true'])).code, 0)
        await broker.close()
      }
      await cycle()
      const namespaces = networkNamespaces()
      const descriptors = openSockets()
      for (let round = 0; round < 25; round += 1) await Promise.all([cycle(), cycle(), cycle(), cycle()])
      assert.ok(await eventually(() => networkNamespaces().size <= namespaces.size, withinMs))
      assert.ok(await eventually(() => openSockets() <= descriptors, withinMs))
      assert.deepEqual(zombies(), [])
    })

    test('10. sandboxes leave nothing, not even an ended process, in the gateway that they used', async () => {
      const broker = await openStandIn({}, [80])
      try {
        const before = siblings(broker.gatewayPid)
        assert.ok(before.includes(broker.gatewayPid))
        for (let round = 0; round < 20; round += 1) assert.equal((await broker.run(['true'])).code, 0)
        assert.ok(await eventually(() => siblings(broker.gatewayPid).length <= before.length, withinMs))
      } finally {
        await broker.close()
      }
    })

    for (const [script, code] of [
      ['exit 0', 0],
      ['exit 42', 42],
      ['kill -9 $$', 137],
      ['kill -15 $$', 143],
      ['exec /usr/bin/missing-program', 127],
      ['exec /etc/passwd', 126],
    ] as const) {
      test(`the exit code of "${script}" is ${code}`, async () => {
        const broker = await openStandIn({})
        try {
          assert.equal((await broker.run(['sh', '-c', script])).code, code)
        } finally {
          await broker.close()
        }
      })
    }

    test('a missing command is 127, and a signal reaches the command before all ends', async () => {
      const broker = await openStandIn({})
      try {
        assert.equal((await broker.run(['missing-program'])).code, 127)
        const trapping = await broker.launch(['sh', '-c', 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done'])
        await once(trapping.stdout!, 'data')
        trapping.kill('SIGTERM')
        assert.equal(await trapping.exit, 7)
        const plain = await broker.launch(['sleep', '600'])
        plain.kill('SIGTERM')
        assert.equal(await plain.exit, 143)
      } finally {
        await broker.close()
      }
    })
  })
})

async function assertGone(marker: string, namespaces: ReadonlySet<string>): Promise<void> {
  assert.ok(await eventually(() => processesWith(marker).length === 0, withinMs), 'processes are left')
  const fresh = () => [...networkNamespaces()].filter((name) => !namespaces.has(name))
  assert.ok(await eventually(() => fresh().length === 0, withinMs), 'namespaces are left')
}

function freshMarker(): string {
  return String(randomInt(1_000_000, 9_000_000))
}

function openSockets(): number {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length
}

class Holder {
  readonly child: ChildProcess
  readonly #lines: string[] = []

  private constructor(child: ChildProcess) {
    this.child = child
    createInterface({ input: child.stdout! }).on('line', (line) => this.#lines.push(line))
  }

  static async start(...args: string[]): Promise<Holder> {
    const script = join(import.meta.dirname, 'fixtures/hold.ts')
    const child = spawn(process.execPath, ['--conditions=source', script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const holder = new Holder(child)
    assert.ok(await holder.line(args[0] === 'sandbox' ? /^ready/ : /^gateway/), 'the holder did not start')
    return holder
  }

  get gatewayPid(): string {
    return this.#lines.find((line) => line.startsWith('gateway'))?.split(' ')[1] ?? ''
  }

  /** The first line of its output that fits, waiting for it if need be. */
  async line(pattern: RegExp): Promise<string | undefined> {
    const found = () => this.#lines.find((line) => pattern.test(line))
    await eventually(() => found() !== undefined, 20_000)
    return found()
  }
}
