import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { closeInheritedDescriptors, processLauncher } from '@coatcheck/launchers'

/** Worlds that a suite of sandboxes runs in. */
export type World = 'root' | 'user'

/** Addresses that stand for the internet in a world; nothing outside the world has them. */
const outsideAddresses = ['203.0.113.10', '203.0.113.20'] as const

/** Value that no sandbox may see. It is in the environment of the tests, and on the descriptors below. */
export const canary = 'canary-7f3a91c2e4d80b56'

/** Descriptors that are open when a world's tests begin, each on a file that holds the canary. */
const canaryDescriptors = [77, 251] as const

/** Owner of the folders that an ordinary user's tests work in. */
export const ordinaryUser = { uid: 12_345, gid: 12_345 } as const

const worldVariable = 'COATCHECK_TEST_WORLD'
const deadlineMs = 240_000
const repository = realpathSync(join(import.meta.dirname, '../../../..'))

/** Loopback only, with the addresses of an internet; a clone and a Node where any user can reach them; no other processes. */
const enterWorld = `set -e
mount -t tmpfs -o mode=0755 world /mnt
mkdir /mnt/repository /mnt/private /mnt/home
mkdir -m 1777 /mnt/tmp
mount --rbind "$1" /mnt/repository
: >/mnt/node
: >/mnt/private/node
mount --bind "$2" /mnt/node
mount --bind "$2" /mnt/private/node
chmod 0700 /mnt/private
ip link set lo up
for address in ${outsideAddresses.join(' ')}; do ip address add "$address/32" dev lo; done
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
shift 2
# Not in place of this shell: it is process 1 here, and buries what the tests leave.
"$@"`

/** The world that this process runs in; nothing when it is outside, where a suite only starts its worlds. */
export function currentWorld(): World | undefined {
  const name = process.env[worldVariable]
  return name === 'root' || name === 'user' ? name : undefined
}

/**
 * Runs a test file once as root, which drops, and once as an ordinary user; only the latter when the caller is one.
 * Each time it runs in namespaces of its own, from a place that the user can reach.
 */
export function inEveryWorld(file: string, define: () => void): void {
  if (currentWorld() !== undefined) {
    define()
    return
  }
  closeInheritedDescriptors()
  const worlds: readonly World[] = process.geteuid?.() === 0 ? ['root', 'user'] : ['user']
  for (const world of worlds) {
    test(world === 'root' ? 'as root, which becomes another user' : 'as an ordinary user', async (context) => {
      const reason = await missingForWorlds()
      if (reason !== undefined) return context.skip(reason)
      await runIn(world, file, context)
    })
  }
}

/** Why no world can be entered here, as the reason of a skip. */
async function missingForWorlds(): Promise<string | undefined> {
  const { ok, missing } = await processLauncher.probe()
  if (!ok) return missing.join(' ')
  return existsSync('/usr/bin/python3') ? undefined : 'The program python3 is missing: install the package python3.'
}

async function runIn(world: World, file: string, context: TestContext): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'world-'))
  const canaryFile = join(folder, 'canary')
  writeFileSync(canaryFile, canary)
  const descriptor = openSync(canaryFile, 'r')
  try {
    const [program, ...args] = commandFor(world, `/mnt/repository/${relative(repository, file)}`)
    const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'pipe', 'pipe']
    for (const place of canaryDescriptors) stdio[place] = descriptor
    const child = spawn(program!, args, { cwd: '/', stdio: Array.from(stdio, (entry) => entry ?? 'ignore'), env: {} })
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs)
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const [report, errors, code] = await Promise.all([text(child.stdout!), text(child.stderr!), ended])
    clearTimeout(timer)
    for (const [, line] of report.matchAll(/^ *((?:not )?ok \d+ - .*)$/gm)) context.diagnostic(line!)
    assert.equal(code, 0, `${report}\n${errors}`)
    assert.match(report, /^# pass [1-9]/m)
  } finally {
    closeSync(descriptor)
    rmSync(folder, { recursive: true })
  }
}

function commandFor(world: World, file: string): string[] {
  const isRoot = process.geteuid?.() === 0
  const node = world === 'root' ? '/mnt/private/node' : '/mnt/node'
  const variables = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/mnt/home',
    TMPDIR: '/mnt/tmp',
    COATCHECK_CANARY: canary,
    [worldVariable]: world,
  }
  const run = [
    ...['env', '-i', ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)],
    ...[node, '--conditions=source', '--test-reporter=tap', file],
  ]
  const { uid, gid } = ordinaryUser
  const become = isRoot
    ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all']
    : ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--']
  return [
    ...['/usr/bin/unshare', '--mount', '--net', '--pid', '--mount-proc', '--fork', '--kill-child'],
    ...(isRoot ? [] : ['--user', '--map-root-user']),
    ...['--', '/bin/sh', '-c', enterWorld, 'sh', repository, process.execPath],
    ...(world === 'user' ? become : []),
    ...run,
  ]
}
