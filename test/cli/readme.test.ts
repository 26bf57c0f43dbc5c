import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { freePort } from '../fixtures/free-port.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'

const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8')

/** Every command line of the page, in its order. */
const lines = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) => block.trim().split('\n'))

const agent = `import os, urllib.request
request = urllib.request.Request("https://api.openai.com/v1/models",
    headers={"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]})
print(urllib.request.urlopen(request).status)
`

/** What stands for npx, and gives the key to what asks for one. */
const npx = (command: readonly string[], keyFile: string) => `#!/bin/sh
shift
case "$1 $2" in 'secret create') exec ${command.join(' ')} "$@" < ${keyFile} ;; esac
exec ${command.join(' ')} "$@"
`

describe('every command of README.md', { skip: skipWithout('bwrap', 'ip', '/usr/bin/python3') }, () => {
  const [stored, present] = [makeCanary('sk-proj-'), makeCanary('sk-ant-')]
  let home: TemporaryHome
  let coatcheck: CoatcheckCommand
  let origin: VerifyingServer
  let project = ''
  let port = 0
  let serve: ChildProcess | undefined
  let served: Promise<unknown> | undefined

  before(async () => {
    home = makeTemporaryHome()
    coatcheck = makeCoatcheckCommand(home.path)
    project = mkdtempSync(join(tmpdir(), 'coatcheck-project-'))
    chmodSync(project, 0o755)
    port = await freePort()
    const root = createTlsRoot()
    origin = await startOrigin({ root, hosts: { 'api.openai.com': [{ scheme: 'bearer', value: stored.value }] } })
    const bin = join(project, 'bin')
    mkdirSync(bin)
    const keyFile = join(home.path, 'typed')
    for (const [path, text, mode] of [
      [keyFile, `${stored.value}\n`, 0o600],
      [join(home.path, 'roots.pem'), root.certificate, 0o600],
      [join(project, 'agent.py'), agent, 0o644],
      [join(bin, 'npx'), npx(coatcheck.argv, keyFile), 0o755],
      [join(bin, 'claude'), '#!/bin/sh\necho "the key is $ANTHROPIC_API_KEY"\n', 0o755],
    ] as const) {
      writeFileSync(path, text, { mode })
    }
  })
  after(async () => {
    serve?.kill('SIGTERM')
    await served
    await origin?.close()
    home[Symbol.dispose]()
    rmSync(project, { recursive: true, force: true })
  })

  const environment = () => ({
    ...coatcheck.env,
    ANTHROPIC_API_KEY: present.value,
    PATH: `${join(project, 'bin')}:${dirname(process.execPath)}:${coatcheck.env['PATH']}`,
  })

  async function runLine(line: string): Promise<FinishedProcess> {
    const result = await runToEnd(['bash', '-c', line], { cwd: project, env: environment(), timeoutMs: 120_000 })
    const said = result.stdout + result.stderr
    assert.equal(result.code, 0, `${line}: ${said}`)
    for (const canary of [stored, present]) assert.deepEqual(findCanary(said, canary), [], line)
    return result
  }

  /** The port of the page may be taken here. */
  async function serveInBackground(line: string): Promise<void> {
    const command = `exec ${line.replace('7071', String(port))}`
    serve = spawn('bash', ['-c', command], { cwd: project, env: environment(), stdio: ['ignore', 'pipe', 'inherit'] })
    served = once(serve, 'exit')
    await Promise.race([once(serve.stdout!, 'data'), served.then(() => assert.fail('serve ended'))])
  }

  /** The service of the page is on the other side of the world; here it is beside the test. */
  async function moveToOrigin(): Promise<void> {
    const where = ['--pin', `127.0.0.1:${origin.port}`, '--roots', join(home.path, 'roots.pem')]
    const scope = ['--to', 'api.openai.com', '--inject', 'bearer', ...where]
    const args = ['secret', 'update', 'openai', ...scope, '--value-stdin']
    const { code, stderr } = await coatcheck.run(args, { stdin: stored.value })
    assert.equal(code, 0, stderr)
  }

  const proofs: Readonly<Record<string, (result: FinishedProcess) => void>> = {
    'npx coatcheck run -- claude': ({ stdout, stderr }) => {
      assert.match(stdout, /^the key is \S*coatcheck/)
      assert.match(stderr, /^coatcheck: protected: ANTHROPIC_API_KEY → api\.anthropic\.com/)
    },
    'npx coatcheck run -- printenv ANTHROPIC_API_KEY': ({ stdout }) => assert.match(stdout, /^\S*coatcheck\S*$/m),
    'npx coatcheck run --secret OPENAI_API_KEY=openai -- python3 agent.py': ({ stdout }) => {
      assert.equal(stdout, '200\n')
      assert.ok(origin.requests.at(-1)?.rawHeaders.includes(`Bearer ${stored.value}`))
    },
    'npx coatcheck logs': ({ stdout }) => assert.match(stdout, /GET https:\/\/api\.openai\.com\/v1\/models .*200/),
    "bash -c '. agent/coatcheck.sh && printenv SEARCH_API_KEY'": ({ stdout }) => assert.match(stdout, /coatcheck/),
  }

  test('works as it is written, in its order', async () => {
    assert.ok(lines.length > 10)
    for (const name of Object.keys(proofs)) assert.ok(lines.includes(name), `${name} is not on the page`)
    for (const line of lines) {
      const script = /^npm install && npm (?:run )?(\w+)$/.exec(line)?.[1]
      if (script !== undefined) {
        const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))
        assert.ok(Object.hasOwn(scripts, script), line)
        continue
      }
      assert.match(line, /^(npx coatcheck|bash -c) /, 'nobody has said how this is tried')
      if (line.includes('coatcheck serve')) {
        await serveInBackground(line)
        continue
      }
      const result = await runLine(line)
      proofs[line]?.(result)
      if (line.includes('secret create openai')) await moveToOrigin()
    }
  })

  test('every page that it names is there', () => {
    for (const [, page = ''] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
      assert.ok(existsSync(join(repositoryRoot, page)), page)
  })
})
