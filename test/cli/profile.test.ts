import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { CreatedSandbox, ProfileView, Reach } from '@coatcheck/contract'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'

const stored = makeCanary('sk_test_')
const inEnvironment = makeCanary('sk_live_')
/** The first file of the page about profiles. */
const example = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(repositoryRoot, 'docs/profiles.md'), 'utf8'))![1]!

describe('coatcheck profile', () => {
  let home: TemporaryHome
  let coatcheck: CoatcheckCommand
  let workspace = ''
  before(async () => {
    home = makeTemporaryHome()
    coatcheck = makeCoatcheckCommand(home.path)
    workspace = mkdtempSync(join(tmpdir(), 'coatcheck-workspace-'))
    // As root, the sandbox runs as somebody else.
    chmodSync(workspace, 0o755)
    const args = ['secret', 'create', 'stripe-test', '--provider', 'stripe', '--value-stdin']
    const { code, stderr } = await coatcheck.run(args, { stdin: stored.value })
    assert.equal(code, 0, stderr)
  })
  after(() => {
    home[Symbol.dispose]()
    rmSync(workspace, { recursive: true, force: true })
  })

  const apply = async (text: string): Promise<void> => {
    const { code, stderr } = await coatcheck.run(['profile', 'apply', '-'], { stdin: text })
    assert.equal(code, 0, stderr)
  }

  test('lists what is built in', async () => {
    const found = await coatcheck.json<readonly ProfileView[]>(['profile', 'list'])
    assert.deepEqual(
      found.map(({ name }) => name),
      ['dev', 'locked', 'open'],
    )
    const { stdout } = await coatcheck.run(['profile', 'list'])
    assert.match(stdout, /^NAME +DESCRIPTION\ndev +Package registries/)
  })

  test('shows the hosts that one allows, and every host by a word', async () => {
    const dev = await coatcheck.json<ProfileView>(['profile', 'show', 'dev'])
    assert.ok(dev.network.allow.some(({ to }) => to === 'pypi.org'))
    assert.deepEqual((await coatcheck.json<ProfileView>(['profile', 'show', 'locked'])).network.allow, [])
    assert.match((await coatcheck.run(['profile', 'show', 'open'])).stdout, /^allow +every host$/m)
  })

  test('says in one sentence that there is no such profile', async () => {
    const { code, stdout, stderr } = await coatcheck.run(['profile', 'show', 'nothing'])
    assert.deepEqual([code, stdout], [3, ''])
    assert.match(stderr, /^coatcheck: No such profile[^\n]*\n$/)
  })

  test('W7: the profile of the page is applied from a file, shown, listed, reached, replaced and deleted', async () => {
    const file = join(workspace, 'checkout.yaml')
    writeFileSync(file, example)
    const applied = await coatcheck.json<ProfileView>(['profile', 'apply', file])
    assert.deepEqual([applied.name, applied.origin], ['checkout', 'own'])
    assert.deepEqual(await coatcheck.json<ProfileView>(['profile', 'show', 'checkout']), applied)
    const shown = (await coatcheck.run(['profile', 'show', 'checkout'])).stdout
    for (const line of [
      /^origin +your own$/m,
      /^secrets +STRIPE_SECRET_KEY → stripe-test$/m,
      /^rules of STRIPE_SECRET_KEY +allow +GET any path/m,
      /^caps +500requests\/day$/m,
      /^ttl +7200 seconds$/m,
    ])
      assert.match(shown, line)
    assert.match((await coatcheck.run(['profiles', 'list'])).stdout, /^checkout +own +STRIPE_SECRET_KEY +Works on/m)
    const reach = await coatcheck.run(['reach', '--profile', 'checkout'])
    assert.equal(reach.code, 0, reach.stderr)
    assert.match(reach.stdout, /STRIPE_SECRET_KEY on api\.stripe\.com.*GET HEAD/)
    await apply('name: checkout\n')
    assert.deepEqual((await coatcheck.json<ProfileView>(['profile', 'show', 'checkout'])).secrets, {})
    assert.match((await coatcheck.run(['profile', 'delete', 'checkout'])).stdout, /stay as they are/)
    assert.equal((await coatcheck.run(['profile', 'delete', 'checkout'])).code, 3)
  })

  test('what a profile newly reaches is told against what it reached before', async () => {
    await apply('name: narrow\nnetwork: { allow: [pypi.org] }\n')
    const before = join(workspace, 'before.json')
    writeFileSync(before, JSON.stringify(await coatcheck.json<Reach>(['reach', '--profile', 'narrow'])))
    await apply('name: narrow\nnetwork: { allow: [pypi.org, evil.example] }\n')
    const { code, stdout } = await coatcheck.run(['reach', '--profile', 'narrow', '--diff', before])
    assert.equal(code, 1)
    assert.match(stdout, /^\+ .*evil\.example/m)
    await coatcheck.run(['profile', 'delete', 'narrow'])
  })

  test('a registered sandbox is made from a profile, and lives on without it', async () => {
    await apply(example)
    const made = await coatcheck.json<CreatedSandbox>(['sandbox', 'create', '--profile', 'checkout'])
    assert.deepEqual([made.profile, Object.keys(made.connect.env)], ['checkout', ['STRIPE_SECRET_KEY']])
    await coatcheck.run(['profile', 'delete', 'checkout'])
    const kept = await coatcheck.json<CreatedSandbox>(['sandbox', 'show', made.id])
    assert.deepEqual([kept.status, kept.deny, kept.grants.length], ['active', made.deny, 1])
    const again = await coatcheck.run(['sandbox', 'create', '--profile', 'checkout'])
    assert.deepEqual([again.code, again.stdout], [3, ''])
  })

  test('a name that is nearly one is answered with the one that may have been meant', async () => {
    await apply(example)
    for (const args of [
      ['profile', 'show', 'chekout'],
      ['run', '--profile', 'chekout', '--', 'true'],
    ])
      assert.match((await coatcheck.run(args, { cwd: workspace })).stderr, /Did you mean checkout\?/)
  })

  const skip = skipWithout('bwrap', 'ip', 'unshare', 'nsenter', 'setpriv')
  describe('run', { skip }, () => {
    before(() => apply(example))
    const run = (options: readonly string[], script: string) =>
      coatcheck.run(['run', '--profile', 'checkout', ...options, '--', 'sh', '-c', script], {
        cwd: workspace,
        env: { STRIPE_SECRET_KEY: inEnvironment.value },
      })

    test('W7: the command has the secrets of the profile, and no key of the caller’s in their place', async () => {
      const { code, stdout, stderr } = await run([], 'printf %s "$STRIPE_SECRET_KEY"')
      assert.equal(code, 0, stderr)
      assert.match(stdout, /^sk_test_/)
      for (const secret of [stored, inEnvironment]) assert.deepEqual(findCanary(stdout + stderr, secret), [])
      assert.match(stderr, /protected: STRIPE_SECRET_KEY → .*profile: checkout/)
    })

    test('a variable of the profile cannot be handed on as it is', async () => {
      for (const options of [
        ['--pass', 'STRIPE_SECRET_KEY'],
        ['--env', 'STRIPE_SECRET_KEY=x'],
      ]) {
        const { code, stdout, stderr } = await run(options, 'echo it-runs')
        assert.deepEqual([code, stdout], [2, ''], stderr)
        assert.deepEqual(findCanary(stderr, inEnvironment), [])
      }
    })

    test('what the profile denies is not let through by --allow', async () => {
      const { code, stdout, stderr } = await run(['--allow', 'gist.github.com'], 'echo it-runs')
      assert.notEqual(code, 0)
      assert.equal(stdout, '')
      assert.match(stderr, /deny rule gist\.github\.com wins/)
    })
  })
})
