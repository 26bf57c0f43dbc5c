import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type GitOrigin, startGitOrigin } from '../fixtures/git-origin.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Caller, callerKinds } from './caller.ts'

const apiHost = 'api.service.test'
const gitHost = 'git.service.test'

for (const { name, skip, make } of callerKinds) {
  describe(`W3: as ${name}, clients that send no credential`, { skip }, () => {
    const [apiKey, gitKey] = [makeCanary('sk_live_'), makeCanary('pw_')]
    let caller: Caller
    let api: VerifyingServer
    let git: GitOrigin

    before(async () => {
      caller = make()
      const root = createTlsRoot()
      writeFileSync(join(caller.folder, 'roots.pem'), root.certificate)
      api = await startOrigin({ root, hosts: { [apiHost]: [{ scheme: 'bearer', value: apiKey.value }] } })
      const accepts = [{ scheme: 'basic', value: gitKey.value }] as const
      git = await startGitOrigin({ root, host: gitHost, accepts, repository: 'team/project.git' })
      await store('api', apiHost, 'bearer', api.port, apiKey.value)
      await store('git', gitHost, 'basic,username=x', git.port, gitKey.value)
    })
    after(async () => {
      await api?.close()
      await git?.close()
      caller[Symbol.dispose]()
    })

    async function store(secret: string, host: string, inject: string, port: number, value: string): Promise<void> {
      const scope = ['--to', host, '--inject', inject, '--pin', `127.0.0.1:${port}`, '--roots', 'roots.pem']
      const args = ['secret', 'create', secret, ...scope, '--attach', 'always']
      const { code, stderr } = await caller.coatcheck.run(args, { cwd: caller.folder, stdin: value })
      assert.equal(code, 0, stderr)
    }

    async function runInside(script: string): Promise<string> {
      const secrets = ['--secret', 'API_KEY=api', '--secret', 'GIT_TOKEN=git']
      const args = ['run', '--profile', 'locked', ...secrets, '--', '/bin/sh', '-c', script]
      const { code, stdout, stderr } = await caller.coatcheck.run(args, { cwd: caller.folder })
      assert.equal(code, 0, stderr)
      for (const key of [apiKey, gitKey]) assert.deepEqual(findCanary(stdout + stderr, key), [])
      return stdout
    }

    test('curl alone gets its answer', async () => {
      const stdout = await runInside(`curl -sS -o /dev/null -w '%{http_code}' https://${apiHost}/v1/models`)
      assert.equal(stdout, '200')
      assert.ok(api.requests.at(-1)?.rawHeaders.includes(`Bearer ${apiKey.value}`))
    })

    test('git clones with its first, bare request, and is never asked for a login', async () => {
      const before = git.requests.length
      const clone = `GIT_TERMINAL_PROMPT=0 git clone -q https://${gitHost}/team/project.git "$TMPDIR/project"`
      const stdout = await runInside(`${clone} && git -C "$TMPDIR/project" log --format=%s`)
      assert.equal(stdout.trim(), 'First commit')
      const requests = git.requests.slice(before)
      assert.ok(requests.length >= 2 && requests.every(({ accepted }) => accepted), 'no request was bare')
    })
  })
}
