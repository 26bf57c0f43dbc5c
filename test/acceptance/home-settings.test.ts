import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { jsonHere, runHere } from '../cli/in-this-process.suite.ts'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type ConnectProxy, startConnectProxy } from '../fixtures/connect-proxy.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'
import { startServe } from './serving-broker.ts'

const host = 'api.service.test'
const login = 'corp:proxy-canary-0123456789'

const kind = callerKinds.find(({ skip }) => skip === false) ?? callerKinds[0]!

describe('a home that says how services are reached, and no broker that serves it', { skip: kind.skip }, () => {
  const key = makeCanary('sk_live_')
  let caller: Caller
  let service: VerifyingServer
  let proxy: ConnectProxy
  const path = (name: string) => join(caller.home, name)

  before(async () => {
    caller = kind.make()
    const root = createTlsRoot()
    service = await startOrigin({
      root,
      hosts: { [host]: [{ scheme: 'bearer', value: key.value }] },
      routes: [{ method: 'GET', path: /^\/hello$/, answer: ({ response }) => void response.end('hello') }],
    })
    proxy = await startConnectProxy(service.port, login)
    writeFileSync(path('roots.pem'), root.certificate)
    chmodSync(path('roots.pem'), 0o644)
    writeFileSync(path('proxy'), `http://${login}@127.0.0.1:${proxy.port}\n`)
    chmodSync(path('proxy'), 0o640)
  })
  after(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await service?.close()
    caller?.[Symbol.dispose]()
  })

  const coatcheck = (...args: string[]) => caller.coatcheck.run(args, { cwd: caller.folder })
  /** The same in this process, where the process is not what is tried. */
  const here = (...args: string[]) => runHere(caller.coatcheck, caller.home, args, { cwd: caller.folder })
  const json = (args: readonly string[]) => jsonHere(caller.coatcheck, caller.home, args)
  const call = () =>
    coatcheck(
      ...['run', '--profile', 'locked', '--secret', 'KEY=key', '--', 'sh', '-c'],
      `curl -sS -H "authorization: Bearer $KEY" https://${host}/hello`,
    )

  test('AC-19.3: run reaches a service through its proxy, and by its roots', async () => {
    const made = await coatcheck('init', '--upstream-proxy-file', path('proxy'), '--roots', path('roots.pem'))
    assert.equal(made.code, 0, made.stderr)
    const scope = ['--to', host, '--inject', 'bearer']
    const created = await caller.coatcheck.run(['secret', 'create', 'key', ...scope], { stdin: key.value })
    assert.equal(created.code, 0, created.stderr)
    const { code, stdout, stderr } = await call()
    assert.deepEqual([code, stdout], [0, 'hello'], stderr)
    assert.deepEqual(proxy.opened, [`${host}:443`])
    assert.deepEqual(findCanary(stdout + stderr, key), [])
  })

  test('SEC-02: what was read stands in the first record of each journal, without the login', () => {
    const folder = path('data/audit')
    const journals = readdirSync(folder).filter((name) => name.endsWith('.jsonl'))
    assert.ok(journals.length > 0)
    for (const name of journals) {
      const text = readFileSync(join(folder, name), 'utf8')
      const [first = ''] = text.split('\n')
      assert.match(
        first,
        new RegExp(`upstream proxy 127\\.0\\.0\\.1:${proxy.port}, 0 exceptions; further roots sha256:[0-9a-f]{64}`),
      )
      assert.ok(!text.includes('proxy-canary'))
    }
  })

  test('settings show names files and no login; set changes one and leaves the others; unset takes one away', async () => {
    const file = path('keys/settings.json')
    const all = { upstreamProxyFile: path('proxy'), rootsFile: path('roots.pem') }
    assert.deepEqual(await json(['settings', 'show']), { ...all, file })
    const set = ['settings', 'set', '--upstream-proxy-except', '.corp.test', '--upstream-proxy-except', 'git.test']
    const more = { ...all, upstreamProxyExcept: ['.corp.test', 'git.test'] }
    assert.deepEqual(await json(set), { ...more, file })
    const shown = await here('settings', 'show')
    assert.match(shown.stdout, /^upstream-proxy-except +\.corp\.test, git\.test$/m)
    assert.doesNotMatch(shown.stdout, /proxy-canary/)
    const url = 'http://127.0.0.1:3128'
    assert.deepEqual(await json(['settings', 'set', '--upstream-proxy', url]), {
      upstreamProxyExcept: more.upstreamProxyExcept,
      rootsFile: all.rootsFile,
      upstreamProxy: url,
      file,
    })
    const unset = ['settings', 'unset', 'upstream-proxy', 'upstream-proxy-except']
    assert.deepEqual(await json(unset), { rootsFile: all.rootsFile, file })
    assert.deepEqual(await json(['settings', 'set', '--upstream-proxy-file', path('proxy')]), {
      ...all,
      file,
    })
  })

  test('AC-7.3: a cap that the home has holds for the next run, and is said in bytes', async () => {
    const set = await here('settings', 'set', '--max-response-bytes', '4', '--max-request-bytes', '2M')
    assert.match(set.stdout, /^max-request-bytes +2097152$/m)
    const { stdout, stderr } = await call()
    assert.equal(JSON.parse(stdout).code, 'response_body_too_large', stderr)
    const unset = await here('settings', 'unset', 'max-response-bytes', 'max-request-bytes')
    assert.doesNotMatch(unset.stdout, /bytes/)
    assert.equal((await call()).stdout, 'hello')
  })

  test('AC-2.1: without a fence, a Node client with an agent of its own goes through the broker as well', async () => {
    const before = proxy.opened.length
    const script = `
      const https = require('node:https')
      const headers = { authorization: 'Bearer ' + process.env.KEY }
      const agent = new (class extends https.Agent {})({ keepAlive: true })
      https.get('https://${host}/hello', { agent, headers }, (response) => {
        response.on('data', (chunk) => process.stdout.write(chunk)).on('end', () => process.exit(0))
      })`
    const { stdout, stderr } = await coatcheck('run', '--advisory', '--secret', 'KEY=key', '--', 'node', '-e', script)
    assert.equal(stdout, 'hello', stderr)
    assert.deepEqual(proxy.opened.slice(before), [`${host}:443`])
  })

  test('options of serve stand over them, and the rest of them goes on', async () => {
    writeFileSync(path('wrong'), `http://corp:wrong-canary-0123456789@127.0.0.1:${proxy.port}\n`)
    chmodSync(path('wrong'), 0o640)
    const refusedBefore = proxy.refused
    await using broker = await startServe(caller, { args: ['--upstream-proxy-file', path('wrong')] })
    const { stdout } = await call()
    assert.equal(JSON.parse(stdout).code, 'upstream_proxy_refused')
    assert.equal(proxy.refused, refusedBefore + 1)
    const set = await here('settings', 'set', '--roots', path('roots.pem'))
    assert.match(set.stderr, /^coatcheck: a broker that serves this home goes on with what it read; start it again\n$/)
    assert.doesNotMatch(broker.said() + stdout, /wrong-canary/)
  })

  test('AC-19.3: one that serves can go without their proxy, and the home keeps it', async () => {
    const [opened, requests] = [proxy.opened.length, service.requests.length]
    {
      await using broker = await startServe(caller, { args: ['--no-upstream-proxy'] })
      // The name leads nowhere without the proxy.
      const { stdout } = await call()
      assert.equal(JSON.parse(stdout).code, 'destination_unresolved', broker.said())
    }
    assert.deepEqual([proxy.opened.length, service.requests.length], [opened, requests])
    assert.equal((await call()).stdout, 'hello')
    assert.equal(proxy.opened.length, opened + 1)
  })

  test('SEC-04: a folder with a file that they name is not mounted, and that starts no broker', async () => {
    const roots = join(caller.folder, 'roots.pem')
    writeFileSync(roots, readFileSync(path('roots.pem')))
    chmodSync(roots, 0o644)
    assert.equal((await here('settings', 'set', '--roots', roots)).code, 0)
    const { code, stdout, stderr } = await call()
    assert.deepEqual([code, stdout], [4, ''])
    assert.match(stderr, /^coatcheck: [^\n]*it holds [^\n]*roots\.pem, by which the settings[^\n]*\n$/)
    assert.equal((await here('settings', 'set', '--roots', path('roots.pem'))).code, 0)
    assert.equal((await call()).stdout, 'hello')
  })

  test('a broker elsewhere has none that this command could change', async () => {
    const { code, stderr } = await coatcheck(
      '--broker',
      'https://x.test',
      '--token-file',
      path('proxy'),
      'settings',
      'show',
    )
    assert.equal(code, 2)
    assert.match(stderr, /^coatcheck: [^\n]*a home on this machine[^\n]*\n$/)
  })

  const settings = () => path('keys/settings.json')
  for (const [what, spoil, says] of [
    ['open to others', () => chmodSync(settings(), 0o644), /open to group or others/],
    ['no JSON', () => writeFileSync(settings(), 'sk_live_misplaced'), /it is not JSON/],
    ['of an unknown name', () => writeFileSync(settings(), '{"rootFile":"/x"}'), /something else than upstreamProxy/],
    ['about a file that is gone', () => writeFileSync(settings(), '{"rootsFile":"/nonexistent"}'), /ENOENT/],
    [
      'a link',
      () => {
        renameSync(settings(), path('moved'))
        symlinkSync(path('moved'), settings())
      },
      /a symbolic link/,
    ],
  ] as const) {
    test(`SEC-02: settings that are ${what}: one sentence from every command, and nothing is dialled`, async () => {
      spoil()
      const before = proxy.opened.length
      for (const args of [['status'], ['serve'], ['run', '--', 'true'], ['secret', 'list']]) {
        const { code, stdout, stderr } = await (args.length === 1 ? coatcheck(...args) : here(...args))
        assert.deepEqual([code, stdout], [2, ''], `${args.join(' ')}: ${stderr}`)
        assert.match(stderr, /^coatcheck: [^\n]+\n$/)
        assert.match(stderr, says)
        assert.doesNotMatch(stderr, /misplaced/)
      }
      assert.equal(proxy.opened.length, before)
      // What stands in their place next is a new file.
      renameSync(settings(), path('spoilt'))
      const again = await here('settings', 'set', '--roots', path('roots.pem'))
      assert.equal(again.code, 0, again.stderr)
    })
  }
})

test('settings that nothing could start with are refused, and make no home', { skip: kind.skip }, async () => {
  using caller = kind.make()
  mkdirSync(join(caller.folder, 'empty'))
  for (const [args, says] of [
    [['settings', 'set'], /name a setting/],
    [['settings', 'set', '--upstream-proxy', 'http://me:hunter2@x:1'], /--upstream-proxy-file/],
    [['settings', 'set', '--upstream-proxy', 'socks5://x:1'], /its scheme is not http/],
    [['settings', 'set', '--upstream-proxy-except', '10.0.0.0/8'], /neither a host nor a suffix/],
    [['settings', 'set', '--roots', 'absent'], /ENOENT/],
    [['settings', 'set', '--roots', 'empty'], /not a regular file/],
    [['settings', 'unset', 'proxy'], /upstream-proxy/],
    [['init', '--roots', 'absent'], /ENOENT/],
  ] as const) {
    const { code, stdout, stderr } = await caller.coatcheck.run(args, { cwd: caller.folder })
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^coatcheck: [^\n]+\n$/)
    assert.match(stderr, says)
    assert.doesNotMatch(stderr, /hunter2/)
    assert.ok(!existsSync(join(caller.home, 'keys')))
  }
})
