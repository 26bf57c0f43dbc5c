import assert from 'node:assert/strict'
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createPlainServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import type { FinishedProcess } from '../fixtures/finished-process.ts'
import { type Caller, callerKinds } from './caller.ts'

const key = makeCanary('sk-proj-')
const system = { PATH: '/usr/local/bin:/usr/bin:/bin' }

/** Tools that look for a login, with a call that only reads; each finds none, and says so in its own way. */
const toolsWithLogins = [
  'git config --global --list',
  'npm config list',
  'npm whoami',
  'pip3 config list',
  'gh auth status',
  'aws configure list',
  'kubectl config view',
  'docker context ls',
]

for (const { name, skip, make } of callerKinds) {
  describe(`run without any set-up, as ${name}`, { skip }, () => {
    let caller: Caller
    let service: Server
    let port = 0
    /** What the service was given as `Authorization`, request by request. */
    const presented: (string | undefined)[] = []
    before(async () => {
      caller = make()
      service = createServer(({ headers }, response) => {
        presented.push(headers.authorization)
        response.end('service of the host')
      })
      await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
      port = (service.address() as AddressInfo).port
    })
    after(() => {
      service?.close()
      caller[Symbol.dispose]()
    })

    const run = (args: readonly string[], env: Record<string, string> = {}): Promise<FinishedProcess> =>
      caller.coatcheck.run(['run', ...args], { cwd: caller.folder, env: { ...system, ...env } })
    const shell = (script: string, args: readonly string[] = [], env = {}) =>
      run([...args, '--', 'sh', '-c', script], env)

    test('AC-12.1: localhost inside is the sandbox’s own, and works untouched', async () => {
      const without = `curl -s -m 5 http://127.0.0.1:${port}/ || echo none`
      const serve = `/usr/bin/python3 -m http.server --bind 127.0.0.1 ${port} >/dev/null 2>&1 &`
      const ask = `curl -s -o /dev/null http://localhost:${port}/`
      const wait = `for turn in $(seq 300); do ${ask} && break; sleep 0.1; done`
      const { stdout } = await shell(`${without}; ${serve} ${wait}; ${ask} -w '%{http_code}'`)
      assert.equal(stdout, 'none\n200')
    })

    test('AC-12.1: a service of the host is reached by its alias, on the port that was opened', async () => {
      const script = `curl -s http://host.coatcheck.internal:${port}/`
      assert.equal((await shell(script, ['--host-port', String(port)])).stdout, 'service of the host')
    })

    test('AC-12.1, R-51: neither another port of the host nor another name on that port is reached', async () => {
      const other = createPlainServer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nanother service')).unref()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port: otherPort } = other.address() as AddressInfo
      const urls = [
        `http://host.coatcheck.internal:${otherPort}/`,
        `http://127.0.0.1:${port}/`,
        `http://localhost:${port}/`,
        `http://x.host.coatcheck.internal:${port}/`,
        `http://localtest.me:${port}/`,
      ]
      const script = urls.map((url) => `curl -s -m 5 ${url}; echo`).join('; ')
      const { stdout } = await shell(script, ['--host-port', String(port)])
      assert.doesNotMatch(stdout, /service of the host|another service/)
      const closed = await shell(`curl -s -m 5 http://host.coatcheck.internal:${port}/ || echo none`)
      assert.doesNotMatch(closed.stdout, /service of the host/)
      other.close()
    })

    test('AC-12.1: a secret is put in towards a service of the host, and towards no other port of it', async () => {
      const elsewhere: (string | undefined)[] = []
      const other = createServer(({ headers }, response) => {
        elsewhere.push(headers.authorization)
        response.end('another service')
      }).unref()
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
      const { port: otherPort } = other.address() as AddressInfo
      const alias = 'http://host.coatcheck.internal'
      const create = ['secret', 'create', 'local', '--value-stdin', '--inject', 'bearer', '--to', `${alias}:${port}`]
      const unpinned = await caller.coatcheck.run(create, { stdin: key.value })
      assert.notEqual(unpinned.code, 0)
      assert.match(unpinned.stderr, /^coatcheck: [^\n]*clear text[^\n]*pin the scope to an address[^\n]*\n$/)
      const made = await caller.coatcheck.run([...create, '--pin', `127.0.0.1:${port}`], { stdin: key.value })
      assert.equal(made.code, 0, made.stderr)

      const ask = (at: number, header = '') => `curl -s -m 30 ${header} ${alias}:${at}/; echo`
      const asHolder = '-H "Authorization: Bearer $KEY"'
      const script = `echo "$KEY"; ${ask(port, asHolder)}; ${ask(port)}; ${ask(otherPort, asHolder)}`
      const opened = ['--secret', 'KEY=local', '--host-port', String(port), '--host-port', String(otherPort)]
      const { stdout, stderr } = await shell(script, opened)
      const [placeholder = '', ...answers] = stdout.trimEnd().split('\n')
      assert.deepEqual(answers, ['service of the host', 'service of the host', 'another service'], stderr)
      assert.deepEqual(presented.slice(-2), [`Bearer ${key.value}`, undefined])
      assert.deepEqual(elsewhere, [`Bearer ${placeholder}`])
      assert.deepEqual(findCanary(stdout + stderr, key), [])
      other.close()
    })

    test('R-52: no variable lets the sandbox get past the broker', async () => {
      const env = ['--env', 'NO_PROXY=*', '--env', 'no_proxy=*', '--env', `HTTP_PROXY=http://127.0.0.1:${port}`]
      const script = `curl -s -m 5 http://127.0.0.1:${port}/; curl -s -m 5 http://blocked.example/; env | grep -ci proxy`
      const { stdout } = await shell(script, env)
      assert.doesNotMatch(stdout, /service of the host/)
    })

    test('a base URL binds its key to that host, and is handed on', async () => {
      const env = { OPENAI_API_KEY: key.value, OPENAI_BASE_URL: 'https://llm.corp.example:8443/v1' }
      const { stdout, stderr } = await shell('echo "$OPENAI_BASE_URL $OPENAI_API_KEY"', [], env)
      assert.match(stdout, /^https:\/\/llm\.corp\.example:8443\/v1 sk-proj-coatcheck-/)
      assert.match(stderr, /OPENAI_API_KEY → https:\/\/llm\.corp\.example:8443\/v1 \|/)
      assert.doesNotMatch(stderr, /api\.openai\.com/)
    })

    test('with a base URL where no key may go, the key stays outside, and that is said', async () => {
      const settings: readonly (readonly [key: string, baseUrl: string, url: string])[] = [
        ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'http://llm.corp.example/v1'],
        ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL', 'https://10.1.2.3/v1'],
        ['GROQ_API_KEY', 'GROQ_BASE_URL', 'https://llm.internal/v1'],
        ['FIRECRAWL_API_KEY', 'FIRECRAWL_API_URL', 'llm'],
      ]
      const env = Object.fromEntries(
        settings.flatMap(([name, base, url]) => [
          [name, key.value],
          [base, url],
        ]),
      )
      const { code, stdout, stderr } = await shell("env | grep -E 'OPENAI|ANTHROPIC|GROQ|FIRECRAWL'; exit 3", [], env)
      assert.deepEqual([code, stdout], [3, ''])
      for (const [name, base] of settings) {
        assert.match(stderr, new RegExp(`${name} is withheld: ${base} [^;]+; store the key with`))
      }
      // The last word is short: it names no more than three.
      assert.equal(
        stderr.match(/_API_KEY stayed outside; if the command needs it: coatcheck secret create/g)?.length,
        3,
      )
      assert.deepEqual(findCanary(stdout + stderr, key), [])
    })

    test('SEC-04: the home inside can be written, and has no login in it', async () => {
      const home = join(caller.folder, 'home')
      for (const [path, content] of [
        ['.npmrc', `//registry.npmjs.org/:_authToken=${key.value}`],
        ['.netrc', `default login me password ${key.value}`],
        ['.aws/credentials', `[default]\naws_secret_access_key=${key.value}`],
        ['.kube/config', `users: [{user: {token: ${key.value}}}]`],
        ['.docker/config.json', `{"auths":{"x":{"auth":"${key.value}"}}}`],
        ['.config/gh/hosts.yml', `github.com:\n  oauth_token: ${key.value}`],
        ['.cargo/credentials.toml', `token = "${key.value}"`],
        ['.cargo/bin/cargo-tool', '#!/bin/sh\n'],
      ] as const) {
        mkdirSync(join(home, path, '..'), { recursive: true })
        writeFileSync(join(home, path), content, { mode: 0o755 })
      }
      const tools = toolsWithLogins
        .map((call) => `command -v ${call.split(' ')[0]} >/dev/null && { ${call} </dev/null 2>&1; echo "== $?"; }`)
        .join('; ')
      const script = `echo kept >~/file && cat ~/file; mkdir -p ~/.config/tool ~/.cache; ${tools}; cat ~/.npmrc ~/.netrc; env`
      const env = { HOME: home, PATH: `${home}/.cargo/bin:${system.PATH}` }
      const work = join(caller.folder, 'work')
      mkdirSync(work, { recursive: true })
      const { stdout, stderr } = await caller.coatcheck.run(['run', '--', 'sh', '-c', script], { cwd: work, env })
      assert.match(stdout, /^kept\n/)
      // 126 and 127: it could not be started; above 128: a signal ended it.
      const codes = [...stdout.matchAll(/^== (\d+)$/gm)].map(([, code]) => Number(code))
      assert.ok(codes.length > 0 && codes.every((code) => code < 126 || code === 128), stdout)
      assert.deepEqual(findCanary(stdout + stderr, key), [])
    })

    test('an unknown secret is one sentence with the name that may have been meant, and nothing starts', async () => {
      await caller.coatcheck.run(['secret', 'create', 'stripe', '--provider', 'stripe'], {
        stdin: 'sk_live_0123456789abcdef',
      })
      const near = await run(['--secret', 'KEY=strip', '--', 'echo', 'it-runs'])
      assert.deepEqual([near.code, near.stdout], [3, ''])
      assert.match(near.stderr, /^coatcheck: No such secret\. Did you mean --secret KEY=stripe\?\n$/)
      const far = await run(['--secret', `KEY=${key.value}`, '--', 'echo', 'it-runs'])
      assert.deepEqual([far.code, far.stdout], [3, ''])
      assert.match(far.stderr, /^coatcheck: No such secret[^\n]*KEY[^\n]*coatcheck secret create[^\n]*\n$/)
      assert.deepEqual(findCanary(far.stderr, key), [])
    })

    test('--advisory says loudly that it does not fence, whatever else is silent', async () => {
      const env = { OPENAI_API_KEY: key.value, NO_PROXY: 'api.openai.com,corp.example', HOME: caller.folder }
      const { code, stdout, stderr } = await shell('env; exit 5', ['--advisory', '--quiet'], env)
      assert.equal(code, 5)
      assert.equal(stderr.trim().split('\n').length, 1, 'it says one line')
      assert.match(stderr, /^coatcheck: advisory: the sandbox can bypass the broker/)
      assert.match(stdout, /^OPENAI_API_KEY=sk-proj-coatcheck-/m)
      assert.match(stdout, /^HTTPS_PROXY=http:\/\/sbx_\w+:[\w-]+@127\.0\.0\.1:\d+$/m)
      assert.match(stdout, /^NO_PROXY=localhost,127\.0\.0\.1,::1,corp\.example$/m)
      assert.deepEqual(findCanary(stdout + stderr, key), [])
    })

    test('--advisory opens a key under a passphrase as every other run does', async () => {
      using other = make()
      const file = join(other.home, 'passphrase')
      const env = { COATCHECK_PASSPHRASE_FILE: file }
      writeFileSync(file, 'correct horse battery staple\n', { mode: 0o600 })
      chownSync(file, other.uid, other.uid)
      const made = await other.coatcheck.run(['init', '--key', 'passphrase', '--passphrase-file', file])
      assert.equal(made.code, 0, made.stderr)
      const stored = ['secret', 'create', 'stripe', '--provider', 'stripe']
      assert.equal((await other.coatcheck.run(stored, { stdin: 'sk_live_0123456789abcdef', env })).code, 0)
      const args = ['run', '--advisory', '--secret', 'KEY=stripe', '--', 'sh', '-c', 'echo "$KEY"']
      const { stdout, stderr } = await other.coatcheck.run(args, { cwd: other.folder, env })
      assert.match(stdout, /^sk_live_coatcheck/, stderr)
    })

    test('a command without a fence that uses its proxy is held to the same rules', async () => {
      const script = 'curl -s -m 9 -o /dev/null -w "%{http_code}" https://blocked.example/'
      const { stdout, stderr } = await shell(script, ['--advisory'])
      assert.equal(stdout, '403')
      assert.match(stderr, /blocked blocked\.example \(once\): [^;]*; --allow blocked\.example would let it through/)
    })

    test('--quiet says nothing, and isolation that is not there is refused', async () => {
      const quiet = await run(['--quiet', '--', 'echo', 'hello'])
      assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, 'hello\n', ''])
      for (const kind of ['container', 'vm']) {
        const { code, stdout, stderr } = await run(['--isolation', kind, '--', 'echo', 'it-runs'])
        assert.deepEqual([code, stdout], [7, ''])
        assert.match(stderr, /^coatcheck: [^\n]*is not there yet[^\n]*\n$/)
      }
    })
  })
}
