import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { type FoundTools, findTools } from './find-tools.ts'
import { isSharedPrefix, mayShowUnasked } from './private-places.ts'

suite('programs of the host', () => {
  let base = ''
  let home = ''
  let cwd = ''
  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'tools-')))
    home = join(base, 'home/me')
    cwd = join(home, 'work/project')
    mkdirSync(cwd, { recursive: true })
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  const put = (path: string, content = '#!/bin/sh\n') => {
    const at = join(home, path)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, content)
    chmodSync(at, 0o755)
  }
  const link = (path: string, target: string) => {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    symlinkSync(target, join(home, path))
  }
  const find = (program: string, folders: readonly string[], user: Record<string, string> = {}): FoundTools => {
    const PATH = [...folders.map((folder) => join(home, folder)), '/usr/bin', '/bin'].join(':')
    const mounts = [{ source: cwd, writable: true }]
    return findTools({ program, user: { ...user, PATH }, home, cwd, mounts })
  }
  /** What is shown of the home, relative to it. */
  const shown = ({ mounts }: FoundTools) =>
    mounts
      .map(({ source }) => source)
      .filter((source) => source.startsWith(`${home}/`))
      .map((source) => source.slice(home.length + 1))
      .sort()

  test('a program of a node installation is shown with it, and with its own package', () => {
    put('.nvm/versions/node/v26.1.0/bin/node', '\x7fELF')
    put('.nvm/versions/node/v26.1.0/lib/node_modules/@org/agent/cli.js', '#!/usr/bin/env node\n')
    link('.nvm/versions/node/v26.1.0/bin/agent', '../lib/node_modules/@org/agent/cli.js')
    const found = find('agent', ['.nvm/versions/node/v26.1.0/bin'])
    assert.deepEqual(shown(found), ['.nvm/versions/node/v26.1.0/bin', '.nvm/versions/node/v26.1.0/lib'])
    assert.ok(found.mounts.every(({ writable, isTool }) => !writable && isTool === true))
  })

  test('a link to a version is there as a link', () => {
    put('.local/share/claude/versions/1.0.1', '\x7fELF')
    link('.local/bin/claude', '../share/claude/versions/1.0.1')
    assert.deepEqual(shown(find('claude', ['.local/bin'])), ['.local/bin', '.local/share/claude/versions'])
    link('.sdk/current', 'versions/2')
    put('.sdk/versions/2/bin/tool')
    const found = find('tool', ['.sdk/current/bin'])
    assert.deepEqual(shown(found), ['.sdk/versions/2/bin'])
    assert.deepEqual(found.links, [{ path: join(home, '.sdk/current'), target: 'versions/2' }])
  })

  test('a global package outside the node installation brings both', () => {
    put('.n/node/bin/node', '\x7fELF')
    put('.npm-global/lib/node_modules/agent/bin/agent.js', '#!/usr/bin/env node\n')
    put('.npm-global/lib/node_modules/other/index.js')
    link('.npm-global/bin/agent', '../lib/node_modules/agent/bin/agent.js')
    assert.deepEqual(shown(find('agent', ['.npm-global/bin', '.n/node/bin'])), [
      '.n/node/bin',
      '.npm-global/bin',
      '.npm-global/lib/node_modules/agent',
    ])
  })

  test('a virtual environment is shown whole, with the Python that it was made from', () => {
    put('.uv/python/3.14/bin/python3.14', '\x7fELF')
    put('.uv/python/3.14/lib/os.py')
    put('.local/share/pipx/venvs/aider/pyvenv.cfg')
    link('.local/share/pipx/venvs/aider/bin/python', join(home, '.uv/python/3.14/bin/python3.14'))
    put('.local/share/pipx/venvs/aider/bin/aider', `#!${home}/.local/share/pipx/venvs/aider/bin/python\n`)
    link('.local/bin/aider', join(home, '.local/share/pipx/venvs/aider/bin/aider'))
    assert.deepEqual(shown(find('aider', ['.local/bin'])), [
      '.local/bin',
      '.local/share/pipx/venvs/aider',
      '.uv/python/3.14/bin',
      '.uv/python/3.14/lib',
    ])
  })

  test('a version manager is shown with the version in use, and finds itself', () => {
    put('.pyenv/libexec/pyenv')
    put('.pyenv/shims/python3', `#!/bin/sh\nexec "${home}/.pyenv/libexec/pyenv" exec python3 "$@"\n`)
    put('.pyenv/version', '3.14.1\n')
    for (const version of ['3.14.1', '3.9.1']) put(`.pyenv/versions/${version}/bin/python3`, '\x7fELF')
    const found = find('python3', ['.pyenv/shims'])
    assert.deepEqual(shown(found), ['.pyenv/libexec', '.pyenv/shims', '.pyenv/version', '.pyenv/versions/3.14.1'])
    assert.equal(found.env['PYENV_ROOT'], join(home, '.pyenv'))
    const other = find('python3', ['.pyenv/shims'], { PYENV_VERSION: '3.9.1' })
    assert.ok(shown(other).includes('.pyenv/versions/3.9.1') && !shown(other).includes('.pyenv/versions/3.14.1'))
  })

  test('a script that hands over to another program brings that', () => {
    put('.claude/local/claude', `#!/bin/bash\nexec "${home}/.claude/local/node_modules/.bin/claude" "$@"\n`)
    put('.claude/local/node_modules/agent/cli.js', '#!/usr/bin/env node\n')
    link('.claude/local/node_modules/.bin/claude', '../agent/cli.js')
    link('.local/bin/claude', join(home, '.claude/local/claude'))
    assert.deepEqual(shown(find('claude', ['.local/bin'])), ['.claude/local', '.local/bin'])
  })

  for (const [what, program, folders, expected] of [
    ['the home in the PATH', 'tool', [''], ['tool']],
    ['a bin folder of the home', 'tool', ['bin'], ['bin']],
    ['a folder of one tool', 'tool', ['.cargo/bin'], ['.cargo/bin']],
    ['somebody’s work', 'tool', ['work/other/bin'], ['work/other/bin']],
    ['a folder that is not one of programs', 'tool', ['stuff'], ['stuff/tool']],
  ] as const) {
    test(`of ${what}, only what is needed is shown`, () => {
      for (const folder of folders) put(join(folder, program))
      put('work/other/package.json', '{}')
      put('work/other/lib/secret.js')
      put('.cargo/credentials.toml')
      assert.deepEqual(shown(find(program, [...folders])), expected)
    })
  }

  for (const place of ['.ssh', '.config/tool/bin', '.aws/bin', '.gnupg', 'Downloads', 'Documents/bin', '.docker/cli']) {
    test(`SEC-04: ~/${place} is never shown for a program in it`, () => {
      put(join(place, 'tool'))
      const found = find('tool', [place])
      assert.deepEqual(shown(found), [])
      assert.notDeepEqual(found.refused, [])
    })
  }

  test('SEC-04: neither a link nor a script of the workspace decides what is shown', () => {
    put('.other/agent-data/bin/secret', '\x7fELF')
    link('work/project/node_modules/.bin/tool', join(home, '.other/agent-data/bin/secret'))
    assert.deepEqual(shown(find('tool', ['work/project/node_modules/.bin'])), [])
    put('work/project/bin/run', `#!${home}/.other/agent-data/bin/secret\n`)
    put('work/project/bin/hand', `#!/bin/sh\nexec ${home}/.other/agent-data/bin/secret\n`)
    for (const program of ['./bin/run', './bin/hand']) assert.deepEqual(shown(find(program, [])), [])
    mkdirSync(join(home, '.pyenv/shims'), { recursive: true })
    put('work/project/.python-version', '../../.other\n')
    assert.ok(!shown(find('x', ['.pyenv/shims'])).some((path) => path.includes('.other')))
  })

  test('a script of the workspace still finds its interpreter in the PATH', () => {
    put('.n/node/bin/node', '\x7fELF')
    put('work/project/node_modules/.bin/tool', '#!/usr/bin/env node\n')
    assert.deepEqual(shown(find('tool', ['work/project/node_modules/.bin', '.n/node/bin'])), ['.n/node/bin'])
  })

  test('SEC-04: the home of somebody else is as private as one’s own', () => {
    for (const path of ['/home/other/.ssh/x', '/root/.config/y/bin', '/home/other', '/root', '/var/home/other/.aws']) {
      assert.ok(!mayShowUnasked(path, '/home/me'), path)
    }
    for (const path of ['/home/other/.local', '/root/.cargo', '/home/other/go']) {
      assert.ok(isSharedPrefix(path, '/home/me'), path)
    }
    assert.ok(mayShowUnasked('/home/other/.nvm/versions/node/v26/bin', '/home/me'))
  })

  test('a home that is reached through a link is there under both names', () => {
    symlinkSync(join(base, 'home'), join(base, 'users'))
    put('.cargo/bin/tool')
    const other = join(base, 'users/me')
    const found = findTools({ program: 'tool', user: { PATH: `${other}/.cargo/bin` }, home: other, cwd, mounts: [] })
    const targets = found.mounts.map(({ source, target = source }) => target)
    assert.deepEqual(targets.sort(), [join(home, '.cargo/bin'), join(other, '.cargo/bin')])
  })

  test('links that lead in a circle, and programs that start each other, end', () => {
    link('bin/a', 'b')
    link('bin/b', 'a')
    put('bin/c', '#!/usr/bin/env d\n')
    put('bin/d', '#!/usr/bin/env c\n')
    for (const program of ['a', 'c']) assert.deepEqual(shown(find(program, ['bin'])), ['bin'])
  })
})
