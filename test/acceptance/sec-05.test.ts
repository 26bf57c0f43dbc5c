import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { createClient } from '@coatcheck/sdk'
import { findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'
import { type HostileEnvironment, makeHostileEnvironment, spareLibrary } from './hostile-environment.ts'
import { descendants, environmentOf, listeningSockets, readProcess } from './process-facts.ts'
import { type ServingBroker, startServe } from './serving-broker.ts'

const trusted = 'trusted.service.test'
const untrusted = 'untrusted.service.test'

/** All that a broker may have in its environment; the last three are a shell's own. */
const allowed = ['HOME', 'LANG', 'PATH', 'TZ', 'OLDPWD', 'PWD', '_']

for (const { name, skip, make } of callerKinds) {
  describe(`SEC-05: a broker that ${name} starts in a hostile environment`, { skip }, () => {
    const key = makeCanary('sk_live_')
    const said: string[] = []
    let caller: Caller
    let hostile: HostileEnvironment
    let services: readonly VerifyingServer[] = []
    let broker: ServingBroker

    before(async () => {
      caller = make()
      const [good, evil] = [createTlsRoot(), createTlsRoot()]
      const evilFile = join(caller.folder, 'evil.pem')
      writeFileSync(evilFile, evil.certificate)
      hostile = makeHostileEnvironment(caller.folder, evilFile)
      const accepts = [{ scheme: 'bearer', value: key.value }] as const
      const trustedService = await startOrigin({ root: good, hosts: { [trusted]: accepts } })
      const untrustedService = await startOrigin({ root: evil, hosts: { [untrusted]: accepts } })
      services = [trustedService, untrustedService]
      // With cores allowed to the caller, it is the broker that forgoes them.
      const prefix = process.getuid?.() === 0 ? ['prlimit', '--core=unlimited', '--'] : []
      broker = await startServe(caller, { cwd: caller.folder, env: hostile.variables, prefix })
      const scope = (to: string, { address, port }: VerifyingServer, roots?: string): Scope => ({
        ...{ to, inject: { kind: 'bearer' }, pin: { address, port } },
        ...(roots === undefined ? {} : { roots }),
      })
      const scopes = [scope(trusted, trustedService, good.certificate), scope(untrusted, untrustedService)]
      await createClient(broker).secrets.create({ name: 'key', value: key.value, scopes })
    })
    after(async () => {
      await broker?.stop()
      for (const service of services) await service.close()
      caller[Symbol.dispose]()
    })

    /** Runs a command in the same environment and folder. */
    async function run(args: readonly string[], stdin = ''): Promise<FinishedProcess> {
      const result = await caller.coatcheck.run(args, { cwd: caller.folder, env: hostile.variables, stdin })
      said.push(result.stdout, result.stderr)
      return result
    }
    const ask = (host: string) => {
      const script = `curl -sS -H "Authorization: Bearer $KEY" https://${host}/json`
      return run(['run', '--profile', 'locked', '--secret', 'KEY=key', '--', 'sh', '-c', script])
    }

    test('verifies the services that it calls', async () => {
      const good = await ask(trusted)
      assert.equal(good.stdout, '{"ok":true}', good.stderr)
      const bad = await ask(untrusted)
      assert.equal(JSON.parse(bad.stdout).code, 'upstream_tls_untrusted', bad.stderr)
      assert.deepEqual([services[0]?.requests.length, services[1]?.requests.length], [1, 0])
    })

    test('has nothing of that environment, and may leave no core', () => {
      const variables = Object.keys(environmentOf(broker.pid))
      assert.deepEqual(
        variables.filter((variable) => !allowed.includes(variable)),
        [],
      )
      assert.match(readProcess(broker.pid, 'limits').toString(), /^Max core file size\s+0\s+0\s/m)
      assert.deepEqual(findCanary(readProcess(broker.pid, 'environ'), key), [])
    })

    test('runs no foreign code, in no process that it starts', async () => {
      assert.equal((await run(['status'])).code, 0)
      assert.equal((await run(['secret', 'rotate', 'key', '--value-stdin'], key.value)).code, 0)
      const runs = hostile.foreignRuns()
      assert.ok(runs.length > 0, 'the trap does not work')
      // The Node that reads the entry was started by the caller; it replaces itself, and nothing after it is steered.
      for (const line of runs) assert.match(line, /^\S+ \S+\/bin\/coatcheck\.cjs /)
    })

    test('runs no foreign code when npm was told to by a file of the project', async () => {
      const earlier = hostile.foreignRuns().length
      const command = [...caller.coatcheck.argv, 'secret', 'list'].map(quote).join(' ')
      const { PATH = '', ...env } = { ...caller.coatcheck.env, npm_config_cache: join(caller.folder, 'npm-cache') }
      const npm = ['npm', 'exec', '--offline', '--no-update-notifier', '--call', command]
      const { code, stdout, stderr } = await runToEnd(npm, {
        cwd: caller.folder,
        env: { ...env, PATH: `${PATH}:${process.env['PATH']}` },
      })
      assert.equal(code, 0, stderr)
      assert.match(stdout, /^key /m)
      const runs = hostile.foreignRuns().slice(earlier)
      assert.ok(runs.length > 0, 'the trap does not work')
      for (const line of runs) assert.match(line, /^\S+ \S+\/bin\/coatcheck\.cjs secret list$/)
    })

    test('has no library forced upon it', { skip: spareLibrary === undefined && 'no spare library here' }, () => {
      const library = spareLibrary ?? ''
      const env = { LD_PRELOAD: library }
      assert.ok(execFileSync('cat', ['/proc/self/maps'], { env }).includes(library), 'the trap does not work')
      for (const pid of [broker.serve.pid ?? 0, broker.pid, ...descendants(broker.pid)]) {
        assert.ok(!readProcess(pid, 'maps').includes(library), `process ${pid}`)
      }
    })

    test('opens no port when it gets SIGUSR1', async () => {
      for (const pid of [broker.pid, broker.serve.pid ?? 0]) {
        const before = listeningSockets(pid)
        process.kill(pid, 'SIGUSR1')
        // Two answers later the signal has been handled, whatever handles it.
        for (let turn = 0; turn < 2; turn += 1) await createClient(broker).status()
        assert.deepEqual(listeningSockets(pid), before)
      }
    })

    test('leaves no core when it gets SIGABRT', async () => {
      const before = coresIn(caller)
      process.kill(broker.pid, 'SIGABRT')
      const [code] = await broker.ended
      assert.equal(code, 134)
      assert.deepEqual(coresIn(caller), before)
    })

    test('logs neither keys nor what the environment asked for', () => {
      said.push(broker.said())
      assert.doesNotMatch(said.join(''), /^(NET|HTTP|HTTPS|TLS|STREAM|CHILD_PROCESS) \d+:/m)
      assert.deepEqual(findCanary(said.join(''), key), [])
      assert.deepEqual(hostile.traces(), [])
      for (const folder of [caller.home, caller.folder]) assert.deepEqual(findCanaryInFolder(folder, key), [])
    })
  })
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** Core files where a broker, or who started it, would leave them. */
function coresIn({ home, folder }: Caller): readonly string[] {
  return ['/', home, folder].flatMap((path) => readdirSync(path).filter((entry) => /^core(\.|$)/.test(entry)))
}
