import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ConfigReport } from '@coatcheck/contract'
import { findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { type ConnectProxy, startConnectProxy } from '../fixtures/connect-proxy.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'

const host = 'api.github.com'
const other = 'gist.github.com'
const allowed = '/repos/acme/app/issues'
const login = 'corp:proxy-canary-0123456789'
const page = readFileSync(join(repositoryRoot, 'docs/configuration.md'), 'utf8')
const example = /```yaml\n(secrets:\n[\s\S]*?)```/.exec(page)![1]!
const sources = `sources:\n  github-token: { kind: env, variable: GITHUB_FOR_AGENTS, to: [${host}] }\n`

const kind = callerKinds.find(({ skip }) => skip === false) ?? callerKinds[0]!

describe('a file of eight lines, and no broker that serves', { skip: kind.skip }, () => {
  const token = makeCanary('ghp_')
  const env = { GITHUB_FOR_AGENTS: token.value }
  let caller: Caller
  let service: VerifyingServer
  let proxy: ConnectProxy

  const write = (name: string, text: string, mode = 0o644): string => {
    const path = join(caller.home, name)
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  const coatcheck = async (...args: readonly string[]) => {
    const ended = await caller.coatcheck.run(args, { cwd: caller.folder, env })
    assert.deepEqual(findCanary(ended.stdout + ended.stderr, token), [], args.join(' '))
    return ended
  }
  const apply = async (...args: readonly string[]): Promise<ConfigReport> => {
    const { code, stdout, stderr } = await coatcheck('config', 'apply', '--json', ...args)
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as ConfigReport
  }

  before(async () => {
    caller = kind.make()
    const root = createTlsRoot()
    service = await startOrigin({
      root,
      hosts: { [host]: [{ scheme: 'bearer', value: token.value }], [other]: 'public' },
      routes: [{ method: 'GET', path: /^\/repos/, answer: ({ response }) => void response.end('[]') }],
    })
    proxy = await startConnectProxy(service.port, login)
    const upstream = ['--upstream-proxy-file', write('proxy', `http://${login}@127.0.0.1:${proxy.port}\n`, 0o640)]
    const made = await coatcheck('init', ...upstream, '--roots', write('roots.pem', root.certificate))
    assert.equal(made.code, 0, made.stderr)
    const approved = await coatcheck('source', 'apply', write('sources.yaml', sources, 0o600), '--yes')
    assert.equal(approved.code, 0, approved.stderr)
  })
  after(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await service?.close()
    caller?.[Symbol.dispose]()
  })

  test('N6: it is made once, after a dry run that made nothing, and then nothing differs', async () => {
    assert.ok(example.trim().split('\n').length <= 8, 'eight lines')
    const file = write('coatcheck.yaml', example)
    const entries = [
      { kind: 'secret', name: 'github' },
      { kind: 'profile', name: 'issues' },
    ]
    assert.deepEqual((await apply('--dry-run', file)).created, entries)
    assert.deepEqual((await apply(file)).created, entries)
    const again = await apply(file)
    assert.deepEqual([again.created, again.changed, again.unchanged], [[], [], entries])
    const { stdout } = await coatcheck('config', 'apply', file)
    assert.match(stdout, /^as it was +secret github$[\s\S]*^result +nothing differs from the file$/m)
    const { stdout: journal } = await coatcheck('logs', '--json')
    assert.equal(journal.split('"config.applied"').length - 1, 1, 'one record, of the one that changed something')
    assert.ok(journal.includes(again.sha256))
  })

  test('N6: one host, one path, one token; 403 for everything else there, and no other host', async () => {
    const call = (method: string, to: string, path: string) =>
      coatcheck(
        ...['run', '--profile', 'issues', '--', 'sh', '-c'],
        `curl -sS -o /dev/null -w '%{http_code} %{http_connect}' -X ${method} -H "authorization: Bearer $GITHUB_TOKEN" https://${to}${path}`,
      )
    assert.match((await call('GET', host, allowed)).stdout, /^200 /)
    for (const [method, to, path] of [
      ['POST', host, allowed],
      ['GET', host, '/repos/acme/app'],
      ['GET', host, '/repos/acme/other/issues'],
      ['GET', host, '/user'],
    ] as const) {
      assert.match((await call(method, to, path)).stdout, /^403 /, `${method} ${to}${path}`)
    }
    const elsewhere = await call('GET', other, allowed)
    assert.match(elsewhere.stdout, /^000 /)
    assert.match(elsewhere.stderr, /Could not resolve host/)
  })

  test('SEC-02, SEC-06: a file that widens, holds a value or describes a source is refused whole', async () => {
    const refused: readonly (readonly [string, string, RegExp])[] = [
      ['widens', example.replace('methods: [GET]', 'methods: any'), /value/],
      ['value', example.replace('sourceName: github-token', `value: ${token.value}`), /fields that do not exist/],
      ['source', example.replace('sourceName: github-token', 'source: { kind: exec, command: [/bin/id] }'), /source/],
      ['reach', example.replace('  github:', '  more:').replace(host, 'evil.example'), /source/],
      ['not YAML', `${example}\n  - ${token.value}: [`, /not YAML: see line/],
    ]
    for (const [name, text, says] of refused) {
      const { code, stderr } = await coatcheck('config', 'apply', write('refused.yaml', text))
      assert.notEqual(code, 0, name)
      assert.match(stderr, says, name)
    }
    assert.deepEqual((await apply(join(caller.home, 'coatcheck.yaml'))).undeclared, [])
    assert.deepEqual(findCanaryInFolder(join(caller.home, 'data'), token), [])
  })
})
