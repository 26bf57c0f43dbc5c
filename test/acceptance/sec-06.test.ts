import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type ApiQuestion, askApi } from './ask-api.ts'
import { type Caller, callerKinds } from './caller.ts'
import { commandLine, descendants, listeningSockets, readProcess } from './process-facts.ts'
import { type ServingBroker, startServe } from './serving-broker.ts'

const describeProcess = readFileSync(join(import.meta.dirname, 'inside/describe-process.py'), 'utf8')

/** What `describe-process.py` prints. */
interface InsideFacts {
  readonly variables: Readonly<Record<string, string>>
  readonly descriptors: Readonly<Record<string, string>>
  readonly namespaces: Readonly<Record<string, string>>
  readonly commands: readonly string[]
  readonly sockets: readonly string[]
  readonly abstract: readonly string[]
}

const namespaceOf = (pid: number | 'self', name: string): string => readlinkSync(`/proc/${pid}/ns/${name}`)

for (const { name, skip, make } of callerKinds) {
  describe(`as ${name}`, { skip }, () => {
    const key = makeCanary('sk_live_')
    let caller: Caller
    let broker: ServingBroker
    before(async () => {
      caller = make()
      const anyMode = ['sh', '-c', 'umask 0; exec "$@"', 'sh']
      broker = await startServe(caller, { prefix: anyMode })
      const created = await caller.coatcheck.run(['secret', 'create', 'key', '--provider', 'stripe'], {
        stdin: key.value,
      })
      assert.equal(created.code, 0, created.stderr)
    })
    after(async () => {
      await broker?.stop()
      caller[Symbol.dispose]()
    })

    test('SEC-06: a coatcheck.yaml of the working directory is ignored, and a line says so', async () => {
      const executed = join(caller.folder, 'executed')
      const file = [
        'secrets:',
        '  - name: planted',
        '    source: { exec: [touch, executed] }',
        'profile: open',
        'allow: ["*"]',
      ]
      for (const path of ['coatcheck.yaml', 'coatcheck.yml']) writeFileSync(join(caller.folder, path), file.join('\n'))
      const script = 'curl -sS --max-time 5 https://example.com'
      const args = ['run', '--profile', 'locked', '--', 'sh', '-c', script]
      const { code, stderr } = await caller.coatcheck.run(args, { cwd: caller.folder })
      for (const path of ['coatcheck.yaml', 'coatcheck.yml'])
        assert.match(stderr, new RegExp(`^coatcheck: ${path} .* ignored`, 'm'))
      assert.equal(code, 6, 'the profile of the file was used')
      const { stdout } = await caller.coatcheck.run(['secret', 'list'], { cwd: caller.folder })
      assert.ok(!stdout.includes('planted'))
      assert.ok(!existsSync(executed))
    })

    const exec = { exec: ['touch', '/tmp/coatcheck-executed'] }
    const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]
    const sources: readonly ApiQuestion[] = [
      { method: 'POST', path: '/v1/secrets', body: { name: 'x', source: exec, scopes } },
      { method: 'POST', path: '/v1/secrets', body: { name: 'x', source: { file: '/etc/shadow' }, provider: 'stripe' } },
      { method: 'POST', path: '/v1/secrets', body: { name: 'x', value: { env: 'HOME' }, scopes } },
      { method: 'POST', path: '/v1/secrets', body: { name: 'x', value: key.value, source: 'exec:touch', scopes } },
      { method: 'POST', path: '/v1/secrets/key/rotate', body: { source: exec } },
      { method: 'POST', path: '/v1/secrets/key/rotate', body: { value: exec } },
      { method: 'PATCH', path: '/v1/secrets/key', body: { scopes, source: exec } },
      { method: 'POST', path: '/v1/sandboxes', body: { credentials: { OPENAI_API_KEY: { file: '/etc/shadow' } } } },
      { method: 'POST', path: '/v1/sandboxes', body: { source: exec } },
    ]
    for (const question of sources) {
      test(`SEC-06: ${question.method} ${question.path} takes no source: ${Object.keys(question.body as object)}`, async () => {
        const { status, code } = await askApi(broker.socketPath, question)
        assert.deepEqual([status, code], [403, 'source_forbidden'])
        assert.ok(!existsSync('/tmp/coatcheck-executed'))
      })
    }

    describe('what a command in a sandbox gets', () => {
      let facts: InsideFacts
      let service: Server
      before(async () => {
        service = createServer().listen(0, '127.0.0.1')
        await once(service, 'listening')
        const file = openSync(join(caller.home, 'keys/key'), 'r')
        const env = {
          ...caller.coatcheck.env,
          COATCHECK_TOKEN: key.value,
          COATCHECK_SOCKET: broker.socketPath,
          API_TOKEN: key.value,
        }
        const command = ['--secret', 'STRIPE_SECRET_KEY=key', '--', '/usr/bin/python3', '-c', describeProcess]
        const [program = '', ...args] = [...caller.coatcheck.argv, 'run', '--profile', 'locked', ...command]
        const stdio = ['ignore', 'pipe', 'pipe', file, 'ignore', file] as const
        const child = spawn(program, args, { cwd: caller.folder, env, stdio: [...stdio] })
        const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!)])
        closeSync(file)
        facts = JSON.parse(output || JSON.stringify({ errors })) as InsideFacts
        assert.ok(facts.variables, errors)
      })
      after(() => service.close())

      test('R-87: neither variables nor addresses of the management API', () => {
        const names = Object.keys(facts.variables)
        assert.deepEqual(
          names.filter((variable) => variable.startsWith('COATCHECK_') || variable === 'API_TOKEN'),
          [],
        )
        const all = JSON.stringify(facts)
        for (const hidden of [caller.home, broker.socketPath, 'broker.sock']) assert.ok(!all.includes(hidden), hidden)
        assert.deepEqual([facts.sockets, facts.abstract], [[], []])
        assert.match(facts.variables['STRIPE_SECRET_KEY'] ?? '', /^sk_live_coatcheck/)
      })

      test('R-87: no descriptor but its own three', () => {
        const more = Object.entries(facts.descriptors).filter(([path]) => Number(path.split('/').at(-1)) > 2)
        // What the command opened itself leads nowhere else.
        assert.deepEqual(
          more.filter(([, target]) => !target.startsWith('/proc/') && !target.startsWith('anon_inode:')),
          [],
        )
      })

      test('R-86: namespaces of its own, in which there are no processes of the host', () => {
        for (const [namespace, inside] of Object.entries(facts.namespaces)) {
          assert.notEqual(inside, namespaceOf('self', namespace), namespace)
          assert.notEqual(inside, namespaceOf(broker.pid, namespace), namespace)
        }
        assert.ok(facts.commands.length < 6, facts.commands.join('\n'))
        assert.deepEqual(
          facts.commands.filter((command) => /broker-process|coatcheck/.test(command)),
          [],
        )
      })

      test('R-86: no value of a secret', () => assert.deepEqual(findCanary(JSON.stringify(facts), key), []))
    })

    test('R-86, R-105: while a sandbox lives no process shows a value, and none listens on the network of the host', async () => {
      const command = ['--secret', 'STRIPE_SECRET_KEY=key', '--', 'sh', '-c', 'echo ready; sleep 60']
      const [program = '', ...args] = [...caller.coatcheck.argv, 'run', '--profile', 'locked', ...command]
      const child = spawn(program, args, {
        cwd: caller.folder,
        env: caller.coatcheck.env,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      try {
        await once(child.stdout, 'data')
        const all = [broker.serve.pid ?? 0, child.pid ?? 0].flatMap((pid) => [pid, ...descendants(pid)])
        assert.ok(
          all.some((pid) => commandLine(pid).startsWith('sleep')),
          'the sandbox was not found',
        )
        for (const pid of all) {
          for (const file of ['environ', 'cmdline'])
            assert.deepEqual(findCanary(readProcess(pid, file), key), [], `${pid}`)
          const isOutside = namespaceOf(pid, 'net') === namespaceOf('self', 'net')
          if (isOutside) assert.deepEqual(listeningSockets(pid), [], commandLine(pid))
        }
      } finally {
        const exit = once(child, 'exit')
        child.kill('SIGTERM')
        await exit
      }
    })

    test('R-98: everything in the home is its owner’s alone, whatever the umask', async () => {
      const modes = () =>
        readdirSync(caller.home, { recursive: true, withFileTypes: true }).map((entry) => {
          const path = join(entry.parentPath, entry.name)
          const { mode, uid } = lstatSync(path)
          assert.equal(uid, caller.uid, path)
          assert.equal(mode & 0o777, entry.isDirectory() ? 0o700 : 0o600, path)
          return relative(caller.home, path)
        })
      const served = modes()
      for (const path of [
        'data/coatcheck.db',
        'data/coatcheck.db-wal',
        'data/coatcheck.db-shm',
        'keys/key',
        'run/broker.sock',
      ]) {
        assert.ok(served.includes(path), path)
      }
      assert.ok(served.some((path) => path.startsWith('data/audit/')))
      await broker.stop()
      assert.ok(modes().length > 0)
    })
  })
}
