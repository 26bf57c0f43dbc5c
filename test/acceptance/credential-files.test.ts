import assert from 'node:assert/strict'
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type ConnectProxy, startConnectProxy } from '../fixtures/connect-proxy.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { faultOfSignature, sha256 } from '../fixtures/signed-request.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'
import { findPlanted } from './find-planted.ts'

const login = 'corp:proxy-login-0123456789'
const system = { PATH: '/usr/local/bin:/usr/bin:/bin' }
const readEverything = readFileSync(join(import.meta.dirname, 'inside/read-everything.py'), 'utf8')

const keys = {
  gh: makeCanary('gho_'),
  npm: makeCanary('npm_'),
  private: makeCanary(),
  upload: makeCanary('pypi-'),
  index: makeCanary(),
  docker: makeCanary(),
  images: makeCanary(),
  imageToken: makeCanary(),
  aws: makeCanary('r/'),
  kubectl: makeCanary(),
  netrc: makeCanary(),
  claude: makeCanary('sk-ant-api03-'),
  subscription: makeCanary('sk-ant-oat01-'),
  codex: makeCanary('sk-proj-'),
}
type Name = keyof typeof keys
const value = (name: Name) => keys[name].value
const pair = { accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: value('aws') }
const all = 'gh,npm,pip,docker,aws,kubectl,netrc,claude,codex'

const hosts = {
  'api.github.com': [{ scheme: 'header', name: 'authorization', value: `token ${value('gh')}` }],
  'registry.npmjs.org': [{ scheme: 'bearer', value: value('npm') }],
  'npm.service.test': [{ scheme: 'bearer', value: value('private') }],
  'git.service.test': [{ scheme: 'basic', value: value('netrc'), username: 'me' }],
  'pip.service.test': [{ scheme: 'basic', value: value('index'), username: 'me' }],
  'docker.service.test': [{ scheme: 'basic', value: value('docker'), username: 'me' }],
  'ghcr.io': [
    { scheme: 'basic', value: value('images'), username: 'me' },
    { scheme: 'bearer', value: value('imageToken') },
  ],
  'sqs.eu-central-1.amazonaws.com': 'public',
  'kube.service.test': [{ scheme: 'bearer', value: value('kubectl') }],
} as const

const files: Readonly<Record<string, string>> = {
  '.config/gh/hosts.yml': `github.com:\n    user: me\n    oauth_token: ${value('gh')}\n    git_protocol: https\n`,
  '.npmrc': `# mine\n//registry.npmjs.org/:_authToken=${value('npm')}\n//npm.service.test/team/:_authToken=${value('private')}\n`,
  '.pypirc': `[distutils]\nindex-servers = pypi\n[pypi]\npassword = ${value('upload')}\n`,
  '.config/pip/pip.conf': `[global]\nindex-url = https://me:${value('index')}@pip.service.test/simple\n`,
  '.docker/config.json': JSON.stringify({
    auths: {
      'docker.service.test': { auth: Buffer.from(`me:${value('docker')}`).toString('base64') },
      'ghcr.io': { auth: Buffer.from(`me:${value('images')}`).toString('base64') },
    },
    credsStore: 'desktop',
  }),
  '.aws/credentials': `[default]\naws_access_key_id = ${pair.accessKeyId}\naws_secret_access_key = ${value('aws')}\n`,
  '.aws/config': '[default]\nregion = eu-central-1\n',
  '.kube/config': `current-context: one
clusters: [{ name: c, cluster: { server: "https://kube.service.test" } }]
contexts: [{ name: one, context: { cluster: c, user: u } }]
users: [{ name: u, user: { token: ${value('kubectl')} } }]
`,
  '.netrc': `machine git.service.test\n  login me\n  password ${value('netrc')}\n`,
  '.claude.json': JSON.stringify({
    primaryApiKey: value('claude'),
    projects: { '/work': { history: ['a secret plan'] } },
  }),
  '.claude/.credentials.json': JSON.stringify({ claudeAiOauth: { accessToken: value('subscription') } }),
  '.codex/auth.json': JSON.stringify({ OPENAI_API_KEY: value('codex'), tokens: null }),
}

const imageConfig = '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}'
const imageType = 'application/vnd.docker.distribution.manifest.v2+json'
const imageManifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: imageType,
  config: {
    mediaType: 'application/vnd.docker.container.image.v1+json',
    size: imageConfig.length,
    digest: `sha256:${sha256(imageConfig)}`,
  },
  layers: [],
})

const firstKind = callerKinds.find(({ skip }) => skip === false)?.name

for (const { name, skip, make } of callerKinds) {
  describe(`S8: credential files of tools, as ${name}`, { skip }, () => {
    let caller: Caller
    let origin: VerifyingServer
    let proxy: ConnectProxy
    let home: string
    let work: string

    before(async () => {
      caller = make()
      const root = createTlsRoot()
      origin = await startOrigin({
        root,
        hosts,
        routes: [
          {
            method: 'GET',
            path: /^\/(?:team\/)?-\/whoami$/,
            answer: ({ response }) => void response.end('{"username":"me"}'),
          },
          {
            method: 'GET',
            path: /^\/(?:user|)$/,
            answer: ({ response }) =>
              void response
                .writeHead(200, { 'content-type': 'application/json', 'x-oauth-scopes': 'repo, read:org' })
                .end('{"login":"me"}'),
          },
          {
            method: 'GET',
            path: /^\/api\/v1\/namespaces$/,
            answer: ({ response }) =>
              void response
                .writeHead(200, { 'content-type': 'application/json' })
                .end('{"kind":"NamespaceList","apiVersion":"v1","metadata":{},"items":[]}'),
          },
          {
            method: 'GET',
            path: /^\/queue$/,
            answer: ({ request: { method = '', url: target = '', rawHeaders }, response }) => {
              const fault = faultOfSignature({ method, target, rawHeaders, body: Buffer.alloc(0) }, pair)
              response.writeHead(fault === undefined ? 200 : 403).end(fault ?? 'signed')
            },
          },
          { method: 'GET', path: /^\/v2\/$/, answer: ({ response }) => void response.end('{}') },
          {
            method: 'GET',
            path: /^\/v2\/team\/thing\/manifests\/1$/,
            answer: ({ response }) => void response.writeHead(200, { 'content-type': imageType }).end(imageManifest),
          },
          {
            method: 'GET',
            path: /^\/v2\/team\/thing\/blobs\/sha256:[0-9a-f]+$/,
            answer: ({ response }) => void response.end(imageConfig),
          },
          {
            method: 'GET',
            path: /^\/token$/,
            answer: ({ response }) => void response.end(JSON.stringify({ token: value('imageToken') })),
          },
          { method: 'GET', path: /^\/hello$/, answer: ({ response }) => void response.end('hello') },
          {
            method: 'GET',
            path: /^\/simple\/thing\/$/,
            answer: ({ response }) =>
              void response
                .writeHead(200, { 'content-type': 'text/html' })
                .end('<a href="thing-7.1-py3-none-any.whl">thing-7.1-py3-none-any.whl</a>'),
          },
        ],
      })
      proxy = await startConnectProxy(origin.port, login)
      writeFileSync(join(caller.home, 'roots.pem'), root.certificate, { mode: 0o644 })
      writeFileSync(join(caller.home, 'proxy'), `http://${login}@127.0.0.1:${proxy.port}\n`, { mode: 0o600 })
      for (const file of ['roots.pem', 'proxy']) chownSync(join(caller.home, file), caller.uid, caller.uid)
      const settings = ['--upstream-proxy-file', join(caller.home, 'proxy'), '--roots', join(caller.home, 'roots.pem')]
      const made = await caller.coatcheck.run(['init', ...settings])
      assert.equal(made.code, 0, made.stderr)
      home = join(caller.folder, 'person')
      work = join(caller.folder, 'work')
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(home, path)), { recursive: true })
        writeFileSync(join(home, path), content)
      }
      mkdirSync(work)
    })
    after(async () => {
      await proxy?.[Symbol.asyncDispose]()
      await origin?.close()
      caller?.[Symbol.dispose]()
    })

    const run = (args: readonly string[], cwd = work) =>
      caller.coatcheck.run(['run', ...args], { cwd, env: { ...system, HOME: home } })
    const shell = (tools: string, script: string) =>
      run(['--profile', 'locked', '--files', tools, '--', 'sh', '-c', script])

    const signedCall = [
      'field() { sed -n "s/^$1 = //p" ~/.aws/"$2" | head -1; }',
      'user="$(field aws_access_key_id credentials):$(field aws_secret_access_key credentials)"',
      'curl -sS --aws-sigv4 "aws:amz:$(field region config):sqs" --user "$user" https://sqs.eu-central-1.amazonaws.com/queue',
    ].join('; ')
    const pulled = [
      `auth=$(sed -n '/ghcr.io/,$s/.*"auth": "\\(.*\\)".*/\\1/p' ~/.docker/config.json)`,
      'at="https://ghcr.io/token?service=ghcr.io&scope=repository:team/thing:pull"',
      `token=$(curl -sS -H "Authorization: Basic $auth" "$at" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
      'curl -sS -H "Authorization: Bearer $token" https://ghcr.io/v2/team/thing/manifests/1',
    ].join('; ')
    const uses: readonly (readonly [tool: string, program: string, script: string, expected: RegExp])[] = [
      ['netrc', 'curl', 'curl -sS --netrc https://git.service.test/hello', /^hello$/],
      ['npm', 'npm', 'npm whoami 2>&1', /^me$/m],
      ['npm', 'npm', 'npm whoami --registry https://npm.service.test/team/ 2>&1', /^me$/m],
      ['gh', 'gh', 'gh api user --jq .login 2>&1', /^me$/m],
      ['kubectl', 'kubectl', 'kubectl get --raw /api/v1/namespaces 2>&1', /NamespaceList/],
      ['docker', 'docker', 'docker manifest inspect docker.service.test/team/thing:1 2>&1', /"mediaType"/],
      ['docker', 'curl', pulled, /"mediaType"/],
      ['aws', 'curl', signedCall, /^signed$/],
      ['pip', '/usr/bin/python3', 'python3 -m pip download --no-deps thing 2>&1', /thing-7\.1/],
    ]
    // What a tool makes of its file does not depend on who runs it.
    for (const [index, [tool, program, script, expected]] of (name === firstKind ? uses : []).entries()) {
      test(`S8: a login of ${tool} works inside (${index + 1} of ${uses.length})`, {
        skip: skipWithout(program),
      }, async () => {
        const first = origin.requests.length
        const { stdout, stderr } = await shell(tool, script)
        const seen = origin.requests.slice(first).map(({ host, target, accepted }) => `${host}${target} ${accepted}`)
        assert.match(stdout, expected, `${stderr}${seen.join('\n')}`)
        const arrived = origin.requests.slice(first)
        assert.ok(
          arrived.some(({ accepted }) => accepted),
          JSON.stringify(arrived.map(({ host, target }) => host + target)),
        )
        for (const key of Object.values(keys)) assert.deepEqual(findCanary(stdout + stderr, key), [])
      })
    }

    test('SEC-04: nothing that can be read inside holds one of the keys of the files, and the real files stay', async () => {
      const before = readdirSync(home, { recursive: true }).toSorted()
      const { code, stdoutBytes, stderr } = await run(['--files', all, '--', '/usr/bin/python3', '-c', readEverything])
      assert.equal(code, 0, stderr)
      const planted = Object.entries(keys).map(([path, key]) => ({ path, key }))
      assert.deepEqual(
        [...findPlanted(stdoutBytes, planted)].map(({ path }) => path),
        [],
      )
      const inside = stdoutBytes.toString('latin1')
      for (const path of Object.keys(files)) {
        assert.equal(inside.includes(`== /home/agent/${path}\n`), path !== '.claude/.credentials.json', path)
      }
      assert.ok(!inside.includes('a secret plan'))
      assert.ok(!/[\n\0]FILE_/.test(inside), 'no variable stands for a file')
      for (const key of Object.values(keys)) assert.deepEqual(findCanary(stderr, key), [])
      assert.match(stderr, /~\/\.npmrc → registry\.npmjs\.org/)
      assert.match(stderr, /~\/\.claude\.json: the login by subscription stays outside/)
      assert.match(stderr, /~\/\.docker\/config\.json: what a credential helper keeps stays outside/)
      assert.deepEqual(readdirSync(home, { recursive: true }).toSorted(), before)
      for (const [path, content] of Object.entries(files)) assert.equal(readFileSync(join(home, path), 'utf8'), content)
    })

    test('a placeholder of a file is refused at every other host, and at another path of its own', async () => {
      const token = `$(sed -n 's|.*service.test/team/:_authToken=||p' ~/.npmrc)`
      const urls = [
        'https://registry.npmjs.org/-/whoami',
        'https://npm.service.test/other',
        'https://git.service.test/hello',
      ]
      const first = origin.requests.length
      const ask = (url: string) => `curl -s -o /dev/null -w '%{http_code} ' -H "Authorization: Bearer ${token}" ${url}`
      const { stdout } = await shell('npm,netrc', urls.map(ask).join('; '))
      assert.equal(stdout, '403 403 403 ')
      assert.equal(origin.requests.length, first)
    })

    test('files are not touched unless they are asked for, and a line says what could be had', async () => {
      const { stdout, stderr } = await run(['--', 'sh', '-c', 'find ~ -type f'])
      assert.equal(stdout, '')
      assert.match(
        stderr,
        /logins outside: --files gh,npm,pip,docker,aws,kubectl,netrc,claude,codex would protect them/,
      )
    })

    test('SEC-06: a file in a folder that the sandbox sees decides nothing', async () => {
      const { stdout, stderr } = await run(
        ['--files', 'netrc', '--', 'sh', '-c', 'cat /home/agent/.netrc || echo none'],
        home,
      )
      assert.match(stdout, /^none$/m)
      assert.match(stderr, /~\/\.netrc: it lies in a folder that the sandbox sees/)
      assert.deepEqual(findCanary(stdout + stderr, keys.netrc), [])
    })

    test('without a fence nothing is done with files, and an unknown tool starts nothing', async () => {
      const advisory = await run(['--advisory', '--files', 'gh', '--', 'echo', 'it-runs'])
      assert.deepEqual([advisory.code !== 0, advisory.stdout], [true, ''])
      assert.match(advisory.stderr, /--files needs a fence/)
      const unknown = await run(['--files', 'gh,svn', '--', 'echo', 'it-runs'])
      assert.deepEqual([unknown.code !== 0, unknown.stdout], [true, ''])
      assert.match(unknown.stderr, /Name one or more of gh, npm/)
    })
  })
}
