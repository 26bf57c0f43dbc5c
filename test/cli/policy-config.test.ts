import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { runHere } from './in-this-process.suite.ts'

const key = makeCanary('sk_live_')
const page = readFileSync(join(repositoryRoot, 'docs/configuration.md'), 'utf8')
const example = /```yaml\n(secrets:\n[\s\S]*?)```/.exec(page)![1]!
const grants = [{ env: 'GITHUB_TOKEN', secret: 'github' }]
const ofCase = (method: string, path: string, expect: string, more: object = { grants }) => ({
  request: { method, url: `https://api.github.com${path}`, ...more },
  expect,
})

let home: TemporaryHome
let coatcheck: CoatcheckCommand
beforeEach(() => {
  home = makeTemporaryHome()
  coatcheck = makeCoatcheckCommand(home.path)
})
afterEach(() => home[Symbol.dispose]())

async function tried(config: string, cases?: readonly object[]) {
  const path = (name: string, text: string): string => {
    writeFileSync(join(home.path, name), text)
    return join(home.path, name)
  }
  const files = cases === undefined ? [] : [path('cases.yaml', JSON.stringify({ cases }))]
  const args = ['policy', 'test', path('coatcheck.yaml', config), ...files]
  const ended = await runHere(coatcheck, home.path, args, { stdin: '' })
  assert.deepEqual(findCanary(ended.stdout + ended.stderr, key), [])
  return ended
}

test('N6: a configuration is asked with the lists of the secrets that a request carries, and of its profile', async () => {
  const profile = { grants: [{ env: 'GITHUB_TOKEN' }], sandbox: { profile: 'issues' } }
  const right = [
    ofCase('GET', '/repos/acme/app/issues', 'allow'),
    ofCase('POST', '/repos/acme/app/issues', 'deny'),
    ofCase('GET', '/user', 'deny'),
    ofCase('GET', '/user', 'deny', profile),
    ofCase('GET', '/repos/acme/app/issues', 'allow', profile),
  ]
  const { code, stdout, stderr } = await tried(`workers: 2\nproxy: 127.0.0.1:0\n${example}`, right)
  assert.equal(code, 0, stderr + stdout)
  assert.match(stdout, /All 5 cases/)
  const wrong = [ofCase('GET', '/user', 'allow'), ofCase('GET', '/repos/acme/app/issues', 'deny')]
  const other = await tried(example, wrong)
  assert.equal(other.code, 1)
  assert.match(other.stdout, /2 of 2 cases come out otherwise/)
})

test('N6: the list of the project holds beside that of a secret, whichever is stricter', async () => {
  const rules = 'rules: { default: allow, rules: [{ name: shut, effect: deny, methods: any, paths: [/repos/**] }] }\n'
  const cases = [
    { ...ofCase('GET', '/repos/acme/app/issues', 'deny'), rule: 'shut' },
    ofCase('GET', '/user', 'deny'),
    ofCase('GET', '/user', 'allow', {}),
  ]
  const { code, stdout, stderr } = await tried(rules + example, cases)
  assert.equal(code, 0, stderr + stdout)
  assert.match(stdout, /^rules: default: whatever no rule matches is allowed/m)
})

test('N6: without cases its form is checked, and its breadth is told', async () => {
  assert.match((await tried(example)).stdout, /Its form is right/)
  const broad = await tried(example.replace('/repos/acme/app/issues', '/repos/*'))
  assert.match(broad.stdout, /^secrets\.github\.rules: /m)
})

for (const [what, config, says] of [
  ['a misspelt member', example.replace('profiles:', 'profile:'), /no such member/],
  ['a key for a member', `"${key.value}": 1\n${example}`, /no such member/],
  ['a value', example.replace('sourceName: github-token', `value: ${key.value}`), /fields that do not exist/],
  ['a described source', example.replace('sourceName: github-token', 'source: {}'), /source/],
  ['a rule without methods', example.replace('methods: [GET], ', ''), /`methods` is missing/],
  ['a list without cases', 'default: deny\nrules: []\n', /needs a file of cases/],
] as const) {
  test(`N6, SEC-06: policy test refuses ${what}`, async () => {
    const { code, stderr } = await tried(config)
    assert.notEqual(code, 0)
    assert.match(stderr, says)
  })
}

test('N6: a case about a secret that the configuration does not declare is refused', async () => {
  const misspelt = { grants: [{ env: 'GITHUB_TOKEN', secret: 'gihtub' }] }
  const { code, stderr } = await tried(example, [ofCase('GET', '/user', 'allow', misspelt)])
  assert.notEqual(code, 0)
  assert.match(stderr, /does not declare/)
})
