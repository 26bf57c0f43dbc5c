import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { toolsWithFiles } from './file-places.ts'
import { protectFiles } from './protect-files.ts'

const token = `npm_${'a1'.repeat(18)}`
const text = `//registry.npmjs.org/:_authToken=${token}\n`

function makeOwner(context: TestContext) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'coatcheck-files-')))
  context.after(() => rmSync(home, { recursive: true }))
  return { home, user: {} }
}

test('S8: what is found is asked for under names of its own, and shown where the tool looks', (context) => {
  const owner = makeOwner(context)
  writeFileSync(join(owner.home, '.npmrc'), text)
  assert.deepEqual(toolsWithFiles(owner), ['npm'])
  const files = protectFiles(['npm'], owner, [])
  assert.deepEqual(files.wishes, {
    credentials: { FILE_NPM_1: token },
    credentialUses: { FILE_NPM_1: { provider: 'npm' } },
  })
  assert.deepEqual(files.names, { FILE_NPM_1: '~/.npmrc' })
  assert.deepEqual(files.others({ FILE_NPM_1: 'p', FILE_OWN: 'q' }), { FILE_OWN: 'q' })
  assert.deepEqual(files.render({ FILE_NPM_1: 'p' }), [
    { path: '.npmrc', content: '//registry.npmjs.org/:_authToken=p\n' },
  ])
})

test('a file without its placeholder is not made', (context) => {
  const owner = makeOwner(context)
  writeFileSync(join(owner.home, '.npmrc'), text)
  assert.throws(() => protectFiles(['npm'], owner, []).render({}), { code: 'launch_impossible' })
})

test('a variable says where the file is, and inside it is where the tool looks by itself', (context) => {
  const { home } = makeOwner(context)
  writeFileSync(join(home, 'elsewhere'), text)
  const owner = { home: '/nonexistent', user: { NPM_CONFIG_USERCONFIG: join(home, 'elsewhere') } }
  const [inside] = protectFiles(['npm'], owner, []).render({ FILE_NPM_1: 'p' })
  assert.equal(inside?.path, '.npmrc')
})

test('SEC-06: a file in a folder that the sandbox sees is not read, through a link either', (context) => {
  const owner = makeOwner(context)
  const work = join(owner.home, 'work')
  mkdirSync(work)
  writeFileSync(join(work, 'planted'), text)
  symlinkSync(join(work, 'planted'), join(owner.home, '.npmrc'))
  const { wishes, leftOut } = protectFiles(['npm'], owner, [work])
  assert.deepEqual([wishes.credentials, leftOut], [{}, ['~/.npmrc: it lies in a folder that the sandbox sees']])
})

test('a tool without a file, a folder in its place, and a file that is too long are said', (context) => {
  const owner = makeOwner(context)
  mkdirSync(join(owner.home, '.npmrc'))
  writeFileSync(join(owner.home, '.netrc'), 'x'.repeat(1_048_577))
  const { wishes, leftOut } = protectFiles(['npm', 'netrc', 'pip'], owner, [])
  assert.deepEqual(wishes.credentials, {})
  assert.deepEqual(leftOut, [
    'npm: there is no ~/.npmrc',
    '~/.netrc: it cannot be read',
    'pip: there is no ~/.pypirc or ~/.config/pip/pip.conf',
  ])
})
