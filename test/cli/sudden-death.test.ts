import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeCanary } from '../fixtures/canary.ts'
import { makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { type FinishedProcess, runToEnd } from '../fixtures/finished-process.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'

const broker = join(repositoryRoot, 'packages/broker/src')
const killer = join(broker, 'backup/die-at-call.suite.ts')
const runner = join(broker, 'backup/change-runner.suite.ts')
const { finishChange } = (await import(
  join(broker, 'config/home-change.ts')
)) as typeof import('../../packages/broker/src/config/home-change.ts')
const { resolveHome } = (await import(
  join(broker, 'config/home.ts')
)) as typeof import('../../packages/broker/src/config/home.ts')

/** At least so many kills of each kind; they lie as far apart as the calls let them. */
const moments = 20
const passphrase = 'correct horse battery'
const root = makeTemporaryHome()
const file = (name: string): string => join(root.path, name)
const command = makeCoatcheckCommand(root.path)

async function done(home: string, args: readonly string[], stdin = ''): Promise<void> {
  const { code, stderr } = await command.run(args, { stdin, env: { COATCHECK_HOME: file(home) } })
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
}

const create = (home: string, name: string) =>
  done(home, ['secret', 'create', name, '--provider', 'stripe'], makeCanary('sk_live_').value)

before(async () => {
  writeFileSync(file('passphrase'), passphrase, { mode: 0o600 })
  await create('own', 'stripe')
  await done('own', ['backup', file('plain')])
  await done('own', ['backup', '--with-key', '--passphrase-file', file('passphrase'), file('with-key')])
  await create('own', 'later')
  await create('other', 'github')
})
after(() => root[Symbol.dispose]())

/** Files with their content, but for what was put aside and for the lock; empty folders do not count. */
function contentOf(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'home.lock' && !entry.name.startsWith('index-'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/before-restore-'))
  return Object.fromEntries(
    entries.map((path) => [relative(folder, path), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  )
}

function change(home: string, args: readonly string[], dieAt: number): Promise<FinishedProcess> {
  const argv = [process.execPath, '--conditions=source', '--import', killer, runner]
  return runToEnd([...argv, args[0] ?? '', home, ...args.slice(1)], {
    cwd: root.path,
    env: { DIE_AT_CALL: String(dieAt), NODE_COMPILE_CACHE: file('compiled') },
  })
}

/** Changes copies of a home, each killed right before another call that changes the disk; hands each copy to `look`. */
async function killAtEachMoment(
  from: string,
  args: readonly string[],
  look: (copy: string, old: string, done: string) => Promise<void>,
): Promise<void> {
  const copies = file(`copies-of-${from}-${args.join('-').replaceAll('/', '')}`)
  const copy = (name: string): string => {
    cpSync(file(from), join(copies, name), { recursive: true })
    return join(copies, name)
  }
  const old = copy('old')
  const whole = copy('whole')
  const { code, stderr } = await change(whole, args, 0)
  assert.equal(code, 0, stderr)
  const calls = Number(/calls: (\d+)/.exec(stderr)?.[1])
  const step = Math.max(1, Math.floor(calls / moments))
  let kills = 0
  for (let at = calls; at > 0; at -= step, kills += 1) {
    const killed = copy('killed')
    const { code: ended } = await change(killed, args, at)
    assert.equal(ended, null, `it was not killed at ${at} of ${calls}`)
    await look(killed, old, whole)
    rmSync(killed, { recursive: true, force: true })
  }
  assert.ok(kills >= moments, `only ${calls} calls`)
}

describe('a restore that is killed', () => {
  for (const [from, backup] of [
    ['own', 'plain'],
    ['other', 'with-key'],
  ] as const) {
    test(`leaves ${from === 'own' ? 'its own home' : 'another home'} as it was, or is finished by whoever comes next`, async () => {
      const seen = new Set<string>()
      await killAtEachMoment(from, ['restore', file(backup), passphrase], async (killed, old, whole) => {
        finishChange(resolveHome(killed, {}))
        const found = JSON.stringify(withoutStages(contentOf(killed)))
        const [before, afterwards] = [old, whole].map((home) => JSON.stringify(contentOf(home)))
        assert.ok(found === before || found === afterwards, 'it is a mixture')
        seen.add(found === before ? 'old' : 'new')
      })
      assert.deepEqual([...seen].sort(), ['new', 'old'])
    })
  }
})

/** Without what was made ready and not decided, which the next broker removes. */
function withoutStages(content: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = Object.entries(content).filter(([path]) => !/\/restore-\d+-[0-9a-f]{8}\.partial\//.test(path))
  return Object.fromEntries(own.filter(([path]) => !/\.\d+\.tmp$/.test(path)))
}

test('an uninstall that is killed leaves the home as it was, or one that opens nothing and can only be uninstalled', async () => {
  await killAtEachMoment('own', ['uninstall'], async (killed, old) => {
    const isWhole = JSON.stringify(withoutStages(contentOf(killed))) === JSON.stringify(contentOf(old))
    const isGone = !existsSync(join(killed, 'keys')) || readdirSync(join(killed, 'keys')).length === 0
    if (isWhole || isGone) return
    assert.throws(() => finishChange(resolveHome(killed, {})), { code: 'removal_unfinished' })
    const { code } = await change(killed, ['uninstall'], 0)
    assert.equal(code, 0)
    assert.equal(existsSync(killed), false)
  })
})

/** What the next command says about a copy of a home that was changed until it was killed at a moment. */
async function saidAfter(args: readonly string[], dieAt: number, next: readonly string[]): Promise<FinishedProcess> {
  const killed = file('killed-once')
  rmSync(killed, { recursive: true, force: true })
  cpSync(file('own'), killed, { recursive: true })
  await change(killed, args, dieAt)
  return command.run(next, { env: { COATCHECK_HOME: killed } })
}

/** How many calls a whole change has. */
async function callsIn(args: readonly string[]): Promise<number> {
  const whole = file('counted')
  rmSync(whole, { recursive: true, force: true })
  cpSync(file('own'), whole, { recursive: true })
  return Number(/calls: (\d+)/.exec((await change(whole, args, 0)).stderr)?.[1])
}

test('the command after a restore that was killed finishes it, and says what to confirm', async () => {
  const args = ['restore', file('plain'), passphrase]
  const { code, stderr } = await saidAfter(args, (await callsIn(args)) - 6, ['secret', 'list'])
  assert.equal(code, 6, stderr)
  assert.match(stderr, /^coatcheck: [^\n]*coatcheck vault confirm-rollback[^\n]*\n$/)
})

test('the command after an uninstall that was killed says how to finish it', async () => {
  const { code, stderr } = await saidAfter(['uninstall'], (await callsIn(['uninstall'])) - 6, ['secret', 'list'])
  assert.equal(code, 1, stderr)
  assert.match(stderr, /^coatcheck: [^\n]*Finish it with `coatcheck uninstall`[^\n]*\n$/)
  const again = await command.run(['uninstall', '--yes'], { env: { COATCHECK_HOME: file('killed-once') } })
  assert.equal(again.code, 0, again.stderr)
  assert.equal(existsSync(file('killed-once')), false)
})

test('a backup that is killed leaves no file in its place, and the next one removes what it left', async () => {
  const target = file('later-backup')
  const start = join(repositoryRoot, 'packages/cli/src/start.ts')
  const argv = [process.execPath, '--conditions=source', '--import', killer, start, 'backup', '--force', target]
  const run = (dieAt: number): Promise<FinishedProcess> =>
    runToEnd(argv, {
      cwd: root.path,
      env: { ...command.env, COATCHECK_HOME: file('own'), DIE_AT_CALL: String(dieAt) },
    })
  const kept = contentOf(join(file('own'), 'keys'))
  let kills = 0
  // How many pieces it is written in differs: one that is not killed any more ends by itself.
  while ((await run(kills + 1)).code === null) {
    kills += 1
    if (!existsSync(target)) continue
    const restored = await change(file('restored'), ['restore', target, passphrase], 0)
    assert.match(restored.stderr, /key_unusable/, 'it was read whole, and lacks the keys only')
    rmSync(target)
  }
  assert.ok(kills >= 3, `only ${kills} kills`)
  assert.equal((await run(0)).code, 0)
  assert.deepEqual(
    readdirSync(root.path).filter((name) => name.startsWith('later-backup')),
    ['later-backup'],
  )
  const { 'high-water-clock': _now, ...present } = contentOf(join(file('own'), 'keys'))
  const { 'high-water-clock': _then, ...earlier } = kept
  assert.deepEqual(present, earlier)
})
