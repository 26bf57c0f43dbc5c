import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import { checkMounts } from '../mount/checked-mount.ts'
import { ForbiddenPlaces } from '../mount/forbidden-places.ts'
import { type PreparedWorkspace, prepareWorkspace } from './prepare-workspace.ts'
import type { Protection } from './protection.ts'

suite('a workspace made ready', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  let root: string
  const at = (...names: string[]) => join(root, ...names)
  const put = (name: string, content = '') => {
    mkdirSync(join(at(name), '..'), { recursive: true })
    writeFileSync(at(name), content)
  }
  const prepare = async (writable = true, forbiddenPaths: readonly string[] = [], source = root) => {
    const places = new ForbiddenPlaces(forbiddenPaths)
    return prepareWorkspace(checkMounts([{ source, writable }], places, undefined), places)
  }
  const protections = ({ shown }: PreparedWorkspace): Map<string, Protection['kind']> =>
    new Map(shown.flatMap((mount) => mount.protections.map(([path, { kind }]) => [path, kind] as const)))

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'prepare-')))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  test('SEC-04: 1,500 files are hidden; where there are more, nothing is shown', async () => {
    for (let count = 0; count < 1_500; count += 1)
      writeFileSync(at(`${count}.env`), `KEY=sk_live_${count}_0123456789\n`)
    const prepared = await prepare(false)
    assert.equal(protections(prepared).size, 1_500)
    await prepared.release()
    writeFileSync(at('one-more.env'), 'KEY=sk_live_0123456789\n')
    await assert.rejects(prepare(false), { code: 'mount_forbidden' })
  })

  test('SEC-06: what is absent has a stand-in while it lasts, and none afterwards', async () => {
    put('src/main.ts')
    mkdirSync(at('.claude'))
    const prepared = await prepare()
    const kinds = protections(prepared)
    for (const path of [
      '.git',
      '.envrc',
      '.vscode',
      '.claude/settings.json',
      '.cargo',
      'coatcheck.yaml',
      '.mcp.json',
    ]) {
      assert.equal(kinds.get(path), 'freeze', path)
      assert.ok(lstatSync(at(path)))
    }
    assert.equal(kinds.get('.claude'), 'pin')
    await prepared.release()
    assert.deepEqual(readdirSync(root).sort(), ['.claude', 'src'])
    assert.deepEqual(readdirSync(at('.claude')), [])
  })

  test('SEC-06: a person’s own empty files stay, and so does a stand-in that was written to', async () => {
    put('.envrc')
    mkdirSync(at('.vscode'))
    const prepared = await prepare()
    writeFileSync(at('.npmrc'), 'registry=https://r.test/\n')
    writeFileSync(at('.idea/kept'), '')
    await prepared.release()
    assert.deepEqual(readdirSync(root).sort(), ['.envrc', '.idea', '.npmrc', '.vscode'])
  })

  test('SEC-06: stand-ins stay until the last sandbox of a workspace has ended', async () => {
    const first = await prepare()
    const second = await prepare()
    await first.release()
    assert.ok(lstatSync(at('.envrc')))
    await second.release()
    assert.deepEqual(readdirSync(root), [])
  })

  test('SEC-06: stand-ins that a killed process left are taken for what they are', async () => {
    const old = new Date('2001-02-03T04:05:06.000Z')
    put('.envrc')
    mkdirSync(at('.vscode'))
    mkdirSync(at('.cargo'))
    for (const name of ['.envrc', '.vscode', '.cargo']) utimesSync(at(name), old, old)
    const prepared = await prepare()
    assert.equal(protections(prepared).get('.cargo'), 'freeze')
    await prepared.release()
    assert.deepEqual(readdirSync(root), [])
  })

  test('SEC-06: a read-only mount gets no stand-ins, only masks', async () => {
    put('.env', 'KEY=value')
    const prepared = await prepare(false)
    assert.deepEqual([...protections(prepared)], [['.env', 'cover']])
    assert.deepEqual(readdirSync(root), ['.env'])
    await prepared.release()
  })

  for (const name of ['.git', '.vscode', '.envrc', '.claude']) {
    test(`SEC-06: where ${name} is a link the mount is read-only, and nothing is left`, async () => {
      symlinkSync('elsewhere', at(name))
      const prepared = await prepare()
      assert.equal(prepared.shown[0]?.writable, false)
      assert.match(prepared.report.readOnly.join(), new RegExp(`${name.replace('.', '\\.')} is a link`))
      assert.deepEqual(readdirSync(root), [name])
      await prepared.release()
    })
  }

  test('SEC-06: a file where a folder would be is frozen', async () => {
    put('.claude', 'a file')
    const prepared = await prepare()
    assert.equal(protections(prepared).get('.claude'), 'freeze')
    await prepared.release()
    assert.deepEqual(readdirSync(root), ['.claude'])
  })

  test('SEC-06: in a repository hooks, pointers and named hook folders are frozen, and their folders pinned', async () => {
    put('lib/deep/.git/config', '[core]\n\thooksPath = ../../hooks\n')
    put('lib/deep/.git/HEAD', 'ref: refs/heads/main\n')
    put('lib/deep/.git/hooks/pre-commit', '')
    put('linked/.git', 'gitdir: ../elsewhere\n')
    const prepared = await prepare()
    const kinds = protections(prepared)
    for (const path of [
      'lib/deep/.git/hooks',
      'lib/deep/.git/commondir',
      'lib/deep/.git/config.worktree',
      'linked/.git',
    ]) {
      assert.equal(kinds.get(path), 'freeze', path)
    }
    assert.equal(kinds.get('lib/deep/.git/config'), 'cover')
    for (const path of ['lib', 'lib/deep', 'lib/deep/.git', 'linked']) assert.equal(kinds.get(path), 'pin', path)
    await prepared.release()
    assert.deepEqual(readdirSync(at('lib/deep/.git')).sort(), ['HEAD', 'config', 'hooks'])
  })

  test('SEC-04: a link with the name of a secret hides what it leads to', async () => {
    put('values', 'KEY=value')
    put('folder/file', 'value')
    symlinkSync('values', at('.env'))
    symlinkSync('folder', at('.ssh'))
    symlinkSync('absent', at('.netrc'))
    const kinds = protections(await prepare(false))
    assert.deepEqual(
      [...kinds],
      [
        ['values', 'cover'],
        ['folder', 'veil'],
      ],
    )
  })

  test('SEC-04: a folder that holds a forbidden place under any path is refused', async () => {
    mkdirSync(at('project/state'), { recursive: true })
    await assert.rejects(prepare(true, [at('project/state')], root), { code: 'mount_forbidden' })
    assert.deepEqual(readdirSync(root), ['project'])
  })

  test('SEC-04: a folder that cannot be read is hidden whole', {
    skip: process.geteuid?.() === 0 && 'root can read it',
  }, async () => {
    put('closed/.env', 'KEY=value')
    chmodSync(at('closed'), 0)
    const prepared = await prepare(false)
    chmodSync(at('closed'), 0o700)
    assert.deepEqual([...protections(prepared)], [['closed', 'veil']])
  })

  test('SEC-04: what lies deeper than can be followed is hidden whole', async () => {
    put(`${'d/'.repeat(140)}.env`, 'KEY=value')
    const kinds = [...protections(await prepare(false))]
    assert.deepEqual(
      kinds.map(([, kind]) => kind),
      ['veil'],
    )
  })

  test('SEC-04: masks keep what is no secret', async () => {
    put('.npmrc', 'registry=https://r.test/\n//r.test/:_authToken=abc\n')
    put('package.json.pem', '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n')
    put('empty/.env', '')
    const { shown, report } = await prepare(false)
    assert.deepEqual(shown[0]?.protections, [['.npmrc', { kind: 'cover', content: 'registry=https://r.test/\n' }]])
    assert.deepEqual(report.masked, ['.npmrc'])
  })

  test('SEC-04: a file that is mounted by itself is masked like one in a folder', async () => {
    put('.netrc', 'machine a password b')
    const { shown } = await prepare(false, [], at('.netrc'))
    assert.deepEqual(shown[0]?.protections, [['', { kind: 'cover', content: '' }]])
  })
})
