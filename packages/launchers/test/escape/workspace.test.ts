import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { closeInheritedDescriptors, type LaunchSpec } from '@coatcheck/launchers'
import { buildWorkspace, type RealWorkspace, workspaceSecret } from './fixtures/real-workspace.ts'
import { assertAll, runInside } from './run-inside.ts'
import { openStandIn, type StandInBroker } from './stand-in-broker.ts'
import { currentWorld, inEveryWorld, ordinaryUser } from './world.ts'

/** What a person's own tools would run or obey later, present in the workspace or not. */
const executed = [
  ...[
    '.git/config',
    '.git/config.worktree',
    '.git/commondir',
    '.git/hooks/post-checkout',
    'vendor/library/.git/config',
  ],
  ...['vendor/library/.git/hooks/post-merge', '.envrc', '.npmrc', '.yarnrc.yml', '.pnpmfile.cjs', '.vscode/tasks.json'],
  ...[
    '.idea/workspace.xml',
    '.devcontainer/devcontainer.json',
    '.devcontainer.json',
    '.husky/pre-commit',
    '.mise.toml',
  ],
  ...[
    '.tool-versions',
    '.pre-commit-config.yaml',
    'lefthook.yml',
    '.claude/settings.json',
    '.claude/settings.local.json',
  ],
  ...['.mcp.json', '.cursor/mcp.json', '.codex/config.toml', 'coatcheck.yaml', '.cargo/config.toml', 'bunfig.toml'],
  ...['scripts/pre-commit', '.git/hooks/pre-commit'],
]

inEveryWorld(import.meta.filename, () => {
  suite('a workspace in a sandbox', () => {
    let workspace: RealWorkspace
    let broker: StandInBroker
    let mounted: Partial<LaunchSpec>

    before(async () => {
      closeInheritedDescriptors()
      workspace = await buildWorkspace()
      broker = await openStandIn({}, [80], workspace.path)
      mounted = { mounts: [{ source: workspace.path, writable: true }], cwd: workspace.path }
    })
    after(async () => {
      await broker?.close()
      workspace?.socket.close()
      chmodSync(join(workspace.path, 'closed'), 0o700)
      rmSync(workspace.path, { recursive: true, force: true })
    })

    test('SEC-04: a search of all that the sandbox can read finds no key of the workspace', async () => {
      const found = (paths: string[]) =>
        ['sh', '-c', 'grep -r -l -a -s -F -e "$0" "$@"; true', workspaceSecret, ...paths] as [string, ...string[]]
      chmodSync(join(workspace.path, 'closed'), 0o700)
      const [program, ...args] = found([workspace.path])
      const control = execFileSync(program, args, { encoding: 'utf8' }).trim().split('\n')
      for (const path of workspace.secretPaths) assert.ok(control.includes(join(workspace.path, path)), path)
      chmodSync(join(workspace.path, 'closed'), 0)

      const places = [workspace.path, '/etc', '/home', '/tmp', '/var', '/run', '/dev/shm']
      const searched = found(places)
      searched[2] = `chmod -R u+rwx "$1"/closed; ${searched[2]}`
      const { stdout } = await broker.run(searched, mounted)
      assert.equal(stdout, '')
      const { stdout: processes } = await broker.run(
        [
          'sh',
          '-c',
          'cat /proc/[0-9]*/environ /proc/[0-9]*/mountinfo; env; git config --list; git remote -v; git reflog',
        ],
        mounted,
      )
      assert.ok(!processes.includes(workspaceSecret))
    })

    test('SEC-04: the report names what was hidden, and nothing that was not', async () => {
      const launched = await broker.launch(['true'], mounted)
      await launched.exit
      const { masked, readOnly } = launched.workspace
      for (const path of [
        '.env',
        '.npmrc',
        '.netrc',
        '.git/config',
        'vendor/library/.git/config',
        '.ssh',
        'service.sock',
      ]) {
        assert.ok(masked.includes(path), path)
      }
      for (const path of ['.env.example', 'certs/ca.pem', 'locales/auth.json', 'readme.md']) {
        assert.ok(!masked.includes(path), path)
      }
      assert.deepEqual(readOnly, [])
    })

    test('SEC-04: what is no secret is seen as it is', async () => {
      const { stdout } = await broker.run(
        ['cat', '.env.example', 'certs/ca.pem', 'locales/auth.json', '.npmrc'],
        mounted,
      )
      assert.match(stdout, /put-yours-here.*BEGIN CERTIFICATE.*Sign in.*registry=https:\/\/registry\.test\//s)
    })

    test('SEC-04: a socket of the host in the workspace cannot be reached', async () => {
      const path = join(workspace.path, 'service.sock')
      const bench = { run: (command: readonly [string, ...string[]]) => broker.run(command, mounted) }
      assertAll(await runInside(bench, 'dial', { unix: [path] }), /^refused: /)
    })

    test('SEC-06: what the host would run later can neither be changed, replaced nor created, though absent', async () => {
      const bench = { run: (command: readonly [string, ...string[]]) => broker.run(command, mounted) }
      const absolute = executed.map((path) => join(workspace.path, path))
      const folders = [
        '.git',
        '.git/hooks',
        '.vscode',
        '.husky',
        '.claude',
        '.codex',
        'vendor',
        'vendor/library',
        'scripts',
      ]
      const outcomes = await runInside(bench, 'write_files', {
        files: absolute.filter((path) => existsSync(path)),
        folders: [],
        absent: absolute.filter((path) => !existsSync(path)),
      })
      assertAll(outcomes, /^refused: /)
      const renames = await runInside(bench, 'write_files', {
        files: [],
        folders: folders.map((path) => join(workspace.path, path)),
        absent: [],
      })
      const renamed = Object.entries(renames).filter(([label]) => label.startsWith('rename'))
      assertAll(Object.fromEntries(renamed), /^refused: /)
      for (const path of [
        '.git/planted',
        '.claude/planted',
        'vendor/planted',
        'vendor/library/planted',
        'scripts/planted',
      ]) {
        rmSync(join(workspace.path, path), { force: true })
      }
    })

    test('SEC-06: in a folder that is no repository, none can be made', async () => {
      const folder = makeFolder()
      try {
        const options = { mounts: [{ source: folder, writable: true }], cwd: folder }
        const { code } = await broker.run(['sh', '-c', 'git init . || mkdir .git/hooks'], options)
        assert.notEqual(code, 0)
        assert.deepEqual(readdirSync(folder), [])
      } finally {
        rmSync(folder, { recursive: true })
      }
    })

    test('ordinary work goes on: edits and commits reach the host, as the owner of the folder', async () => {
      const script =
        'echo two >>tracked.txt && echo new >src/new.ts && git add --all && git -c gc.auto=0 commit -qm second && git status --short'
      const { code, stdout, stderr } = await broker.run(['sh', '-c', script], mounted)
      assert.equal(code, 0, stderr)
      assert.equal(stdout, '')
      const git = (...args: string[]) =>
        execFileSync('/usr/bin/git', ['-c', `safe.directory=${workspace.path}`, '-C', workspace.path, ...args], {
          encoding: 'utf8',
        })
      assert.match(git('log', '--format=%s'), /^second\nfirst\n$/)
      const committed = git('show', '--name-only', '--format=', 'HEAD').trim().split('\n')
      for (const path of ['tracked.txt', 'src/new.ts']) assert.ok(committed.includes(path))
      for (const path of ['.envrc', '.mcp.json', '.env', 'service.sock']) assert.ok(!committed.includes(path), path)
      assert.equal(lstatSync(join(workspace.path, 'src/new.ts')).uid, ordinaryUser.uid)
    })

    test('SEC-06: nothing is left in the workspace afterwards', async () => {
      const before = listing(workspace.path)
      assert.equal((await broker.run(['true'], mounted)).code, 0)
      assert.deepEqual(listing(workspace.path), before)
    })

    test('SEC-06: what a killed launcher left behind is taken away by the next sandbox', async () => {
      const before = listing(workspace.path)
      const holder = await holdWorkspace(workspace.path)
      holder.kill('SIGKILL')
      await once(holder, 'exit')
      assert.ok(existsSync(join(workspace.path, '.envrc')))
      assert.equal((await broker.run(['true'], mounted)).code, 0)
      assert.deepEqual(listing(workspace.path), before)
    })

    test('SEC-06: the end of one sandbox does not unprotect another in the same workspace', async () => {
      const before = listing(workspace.path)
      const holder = await holdWorkspace(workspace.path)
      try {
        const second = await broker.launch(
          ['sh', '-c', 'read line; echo planted >.envrc; mkdir .git/hooks/x; exit $?'],
          mounted,
        )
        holder.kill('SIGTERM')
        await once(holder, 'exit')
        const first = await broker.run(['true'], mounted)
        assert.equal(first.code, 0)
        assert.ok(existsSync(join(workspace.path, '.envrc')))
        second.stdin?.write('\n')
        assert.notEqual(await second.exit, 0)
      } finally {
        holder.kill('SIGKILL')
      }
      assert.deepEqual(listing(workspace.path), before)
    })

    test('SEC-06: a workspace in which a link cannot be protected is read-only, and it is said why', async () => {
      const folder = makeFolder()
      try {
        symlinkSync('elsewhere', join(folder, '.vscode'))
        const launched = await broker.launch(['touch', 'made'], {
          mounts: [{ source: folder, writable: true }],
          cwd: folder,
        })
        assert.notEqual(await launched.exit, 0)
        assert.match(launched.workspace.readOnly.join(), /\.vscode is a link/)
        assert.deepEqual(readdirSync(folder), ['.vscode'])
      } finally {
        rmSync(folder, { recursive: true })
      }
    })

    test('a folder of root is read-only in a sandbox of another user', {
      skip: currentWorld() !== 'root' && 'needs root',
    }, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'of-root-'))
      try {
        chmodSync(folder, 0o777)
        const launched = await broker.launch(['touch', 'made'], {
          mounts: [{ source: folder, writable: true }],
          cwd: folder,
        })
        assert.notEqual(await launched.exit, 0)
        assert.match(launched.workspace.readOnly.join(), /belongs to user 0/)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })

    test('root mounts a folder that the dropped user cannot walk to', {
      skip: currentWorld() !== 'root' && 'needs root',
    }, async () => {
      const closed = mkdtempSync(join(tmpdir(), 'closed-'))
      const source = join(closed, 'project')
      mkdirSync(source)
      try {
        execFileSync('/usr/bin/chown', [`${ordinaryUser.uid}:${ordinaryUser.gid}`, source])
        const { code } = await broker.run(['touch', 'made'], { mounts: [{ source, writable: true }], cwd: source })
        assert.equal(code, 0)
        assert.deepEqual(readdirSync(source), ['made'])
      } finally {
        rmSync(closed, { recursive: true })
      }
    })

    test('SEC-04: a forbidden place under a second path is found', {
      skip: currentWorld() !== 'root' && 'needs root',
    }, async () => {
      const [vault, folder] = [makeFolder(), makeFolder()]
      mkdirSync(join(folder, 'inner/alias'), { recursive: true })
      execFileSync('/usr/bin/mount', ['--bind', vault, join(folder, 'inner/alias')])
      try {
        for (const source of [folder, join(folder, 'inner'), join(folder, 'inner/alias')]) {
          const options = { mounts: [{ source, target: '/work', writable: false }], forbiddenPaths: [vault] }
          await assert.rejects(broker.launch(['true'], options), { code: 'mount_forbidden' }, source)
        }
      } finally {
        execFileSync('/usr/bin/umount', [join(folder, 'inner/alias')])
      }
    })

    test('SEC-04: a forbidden place, its ancestors and what lies in it are not mounted, through links neither', async () => {
      const vault = join(workspace.path, 'src')
      const link = join(makeFolder(), 'link')
      symlinkSync(workspace.path, link)
      for (const source of [
        vault,
        workspace.path,
        '/',
        '/proc',
        '/etc',
        link,
        join(link, 'src'),
        join(workspace.path, 'service.sock'),
      ]) {
        const options = { mounts: [{ source, target: '/work', writable: false }], forbiddenPaths: [vault] }
        await assert.rejects(broker.launch(['true'], options), { code: 'mount_forbidden' }, source)
      }
      assert.equal(
        (
          await broker.run(['true'], {
            mounts: [{ source: join(link, 'apps'), target: '/apps', writable: false }],
            forbiddenPaths: [vault],
          })
        ).code,
        0,
      )
    })
  })
})

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'folder-'))
  if (process.geteuid?.() === 0) execFileSync('/usr/bin/chown', [`${ordinaryUser.uid}:${ordinaryUser.gid}`, folder])
  return folder
}

/** Names, types, sizes and contents of everything in the workspace that can be read. */
function listing(root: string): string[] {
  const closed = join(root, 'closed')
  chmodSync(closed, 0o700)
  const entries = readdirSync(root, { withFileTypes: true, recursive: true })
  chmodSync(closed, 0)
  return entries
    .filter(({ parentPath }) => parentPath !== closed && !parentPath.includes('/objects'))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const content = entry.isFile() ? readFileSync(path, 'latin1') : ''
      return `${path} ${lstatSync(path).mode} ${content}`
    })
    .sort()
}

async function holdWorkspace(path: string) {
  const script = join(import.meta.dirname, 'fixtures/hold-workspace.ts')
  const child = spawn(process.execPath, ['--conditions=source', script, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}
