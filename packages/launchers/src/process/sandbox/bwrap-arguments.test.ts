import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { LaunchSpec } from '../../launcher.ts'
import { bwrapArguments, type PlacedMount } from './bwrap-arguments.ts'
import { entryChain, placeOf } from './entry-chain.ts'
import { limitArguments } from './limits.ts'
import { sandboxEnvironment } from './sandbox-environment.ts'
import { StagedData } from './staged-data.ts'

const spec: LaunchSpec = {
  gatewayPid: 4242,
  resolverAddress: '10.255.0.1',
  command: ['true'],
  env: { GIVEN: 'value' },
  caCertificate: 'authority',
  mounts: [],
  cwd: '/place',
  forbiddenPaths: [],
  stdio: 'pipe',
}
const mount: PlacedMount = {
  mount: { source: '/data/project', target: '/place', kind: 'directory', identity: '1:2', writable: true },
  place: '/data/project',
  writable: true,
  protections: [
    ['.git', { kind: 'pin' }],
    ['.git/hooks', { kind: 'freeze' }],
    ['.env', { kind: 'cover', content: '' }],
    ['.ssh', { kind: 'veil' }],
  ],
}

/** Positions of a run of arguments. */
function find(args: readonly string[], ...run: string[]): number {
  return args.findIndex((_, index) => run.every((value, offset) => args[index + offset] === value))
}

suite('arguments of bubblewrap', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  const args = bwrapArguments(spec, [mount], new StagedData(5))

  test('ask for every namespace, no capability, no environment and the filter', () => {
    for (const name of [
      '--unshare-user',
      '--unshare-pid',
      '--unshare-ipc',
      '--unshare-uts',
      '--disable-userns',
      '--clearenv',
      '--die-with-parent',
      '--new-session',
      '--seccomp',
    ]) {
      assert.ok(args.includes(name), name)
    }
    assert.ok(find(args, '--cap-drop', 'ALL') > 0)
    assert.ok(!args.includes('--unshare-net'), 'the network is the gateway’s')
  })

  test('lay protections over a mount after it, outer ones first', () => {
    const order = [
      find(args, '--bind', '/data/project', '/place'),
      find(args, '--bind', '/data/project/.git', '/place/.git'),
      find(args, '--ro-bind', '/data/project/.git/hooks', '/place/.git/hooks'),
      find(args, '--tmpfs', '/place/.ssh'),
      find(args, '--remount-ro', '/place/.ssh'),
      find(args, '--remount-ro', '/'),
    ]
    assert.deepEqual(
      order,
      [...order].sort((left, right) => left - right),
    )
    assert.ok(!order.includes(-1))
  })

  test('SEC-04: lay files of the home before any mount, private, and read-only unless they may change', () => {
    const homeFiles = [
      { path: '.netrc', content: 'one' },
      { path: '.config/gh/config.yml', content: 'two', writable: true },
    ]
    const laid = bwrapArguments({ ...spec, homeFiles }, [mount], new StagedData(5))
    const fixed = laid.indexOf('/home/agent/.netrc')
    const open = laid.indexOf('/home/agent/.config/gh/config.yml')
    assert.deepEqual(laid.slice(fixed - 4, fixed - 1), ['--perms', '0400', '--ro-bind-data'])
    assert.deepEqual(laid.slice(open - 4, open - 1), ['--perms', '0600', '--file'])
    const first = find(laid, '--bind', '/data/project', '/place')
    assert.ok(find(laid, '--tmpfs', '/home/agent') < fixed && open < first)
  })

  test('are refused for a file of the home that would lie outside it', () => {
    for (const path of ['../x', '/etc/passwd', '.', 'a/../../x']) {
      const homeFiles = [{ path, content: '' }]
      assert.throws(() => bwrapArguments({ ...spec, homeFiles }, [], new StagedData(5)), { code: 'launch_impossible' })
    }
  })

  test('leave the terminal with its owner only when it is shared', () => {
    assert.ok(!bwrapArguments({ ...spec, stdio: 'inherit' }, [], new StagedData(5)).includes('--new-session'))
  })

  test('are refused when one of them could be read as two', () => {
    for (const env of [{ X: 'a\0--bind\0/\0/host' }, { 'X\0Y': 'a' }, { '': 'a' }, { 'A=B': 'c' }]) {
      assert.throws(() => bwrapArguments({ ...spec, env }, [], new StagedData(5)), { code: 'launch_impossible' })
    }
    assert.throws(() => bwrapArguments({ ...spec, cwd: '/a\0--bind\0/\0/host' }, [], new StagedData(5)), {
      code: 'launch_impossible',
    })
  })

  test('are not on the command line, and neither is what they hold', () => {
    const chain = entryChain({ ...spec, env: { TOKEN: 'hidden-value' } }, [mount], 9).join(' ')
    assert.ok(!chain.includes('hidden-value') && !chain.includes('/data/project'))
    assert.match(chain, /env -i .*nsenter --target=4242 --user --net --pid .*bwrap --args 9 --/)
  })

  test('name the places that root has bound, not those that only root can walk to', () => {
    const asRoot = { ...spec, runAs: { uid: 5, gid: 5 } }
    assert.equal(placeOf(mount, 3, asRoot), '/run/coatcheck/3')
    assert.equal(placeOf(mount, 3, spec), '/data/project')
  })
})

test('the environment is what was given, with a home, a path and trust of the sandbox’s own', () => {
  const env = sandboxEnvironment({
    GIVEN: 'v',
    HOME: '/root',
    USER: 'me',
    PATH: '/opt/bin:relative:/usr/bin',
    SSL_CERT_FILE: '/x',
  })
  assert.equal(env['GIVEN'], 'v')
  assert.equal(env['HOME'], '/home/agent')
  assert.equal(env['USER'], 'agent')
  assert.equal(env['PATH'], '/opt/bin:/usr/bin:/usr/local/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin')
  assert.equal(env['SSL_CERT_FILE'], '/etc/ssl/certs/ca-certificates.crt')
})

test('limits are never above those of the caller', () => {
  const limits =
    'Limit  Soft Limit  Hard Limit  Units\nMax processes   100   200   processes\nMax open files   1024   unlimited   files\n'
  assert.deepEqual(limitArguments(limits), ['--core=0:0', '--nproc=200', '--nofile=65536'])
})

test('contents travel by descriptor, and empty ones share a descriptor', () => {
  const data = new StagedData(7)
  assert.deepEqual([data.add('a'), data.add(''), data.add(new Uint8Array(0)), data.add('b')], [7, 8, 9, 10])
  assert.deepEqual(data.stdio(3), ['pipe', 3, 3, 'pipe'])
})
