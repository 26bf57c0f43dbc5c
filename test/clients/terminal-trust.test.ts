import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { CreatedSandbox } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { copyRoots, skipWithoutRoots } from '../fixtures/copied-roots.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import type { TerminalStep } from './at-terminal.ts'
import { typedAt } from './typed-at.ts'

const noes = [
  ['Enter', '\r'],
  ['n', 'n'],
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
] as const
const asks = 'Trust this authority'
const host = 'api.stripe.com'

describe('what a person is asked before programs outside trust an authority', {
  skip: skipWithout('/usr/bin/python3'),
}, () => {
  let home: TemporaryHome
  let folder = ''
  let coatcheck: CoatcheckCommand
  let sandbox: CreatedSandbox
  before(async () => {
    home = makeTemporaryHome()
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-trust-'))
    coatcheck = makeCoatcheckCommand(home.path)
    const create = ['secret', 'create', 'stripe', '--provider', 'stripe', '--value-stdin']
    const { code, stderr } = await coatcheck.run(create, { stdin: makeCanary('sk_live_').value })
    assert.equal(code, 0, stderr)
    sandbox = await coatcheck.json(['sandbox', 'create', '--constrain-ca', '--secret', 'KEY=stripe'])
  })
  after(() => {
    home?.[Symbol.dispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const typing = (args: readonly string[], steps: readonly TerminalStep[], wrap = (argv: readonly string[]) => argv) =>
    typedAt(wrap([...coatcheck.argv, ...args]), { cwd: home.path, env: coatcheck.env }, steps)
  const installed = () => coatcheck.json<readonly unknown[]>(['trust'])
  const certsOf = (name: string) => join(folder, name)
  const toDocker = (at: string) => {
    return ['trust', 'docker', '--sandbox', sandbox.id, '--at', at, '--registry', host]
  }
  const isRefused = ({ code, last }: { readonly code: number; readonly last: string }) =>
    assert.deepEqual([code, last], [2, 'coatcheck: Not confirmed; nothing was changed.'])

  for (const [name, send] of noes) {
    test(`R-99: ${name} is no yes, and nothing is trusted`, async () => {
      const at = certsOf('refused')
      isRefused(await typing(toDocker(at), [{ expect: asks, send }]))
      assert.ok(!existsSync(at))
      assert.deepEqual(await installed(), [])
    })
  }

  test('R-99: another fingerprint than the one that was given is not asked about', async () => {
    const { code, text } = await typing(
      [...toDocker(certsOf('refused')), '--fingerprint', 'AB:'.repeat(31).concat('AB')],
      [],
    )
    assert.equal(code, 2)
    assert.match(text, /another fingerprint; nothing was changed/)
    assert.ok(!text.includes(asks))
    assert.deepEqual(await installed(), [])
  })

  test('R-99: fingerprint, names and place are shown as they stand in the certificate; with a yes it is trusted', async () => {
    const at = certsOf('trusted')
    const { code, text } = await typing(toDocker(at), [{ expect: asks, send: 'y' }])
    assert.equal(code, 0, text)
    const { fingerprint256 } = new X509Certificate(sandbox.connect.ca)
    for (const shown of [fingerprint256, ...sandbox.caNames!, at]) assert.ok(text.includes(shown), shown)
    assert.equal(readdirSync(join(at, host)).length, 1)
    assert.equal((await installed()).length, 1)
    const removed = await typing(['trust', 'docker', '--remove'], [])
    assert.equal(removed.code, 0, removed.text)
    assert.deepEqual([readdirSync(at), await installed()], [[], []])
  })

  test('AC-1.5: the roots of the system are as they were without a yes, and get the authority with one', {
    skip: skipWithoutRoots(),
  }, async () => {
    mkdirSync(certsOf('system'))
    const roots = copyRoots(certsOf('system'))
    const args = ['trust', 'system', '--sandbox', sandbox.id]
    const before = [roots.trusted(), roots.bundle()]
    for (const [, send] of noes) isRefused(await typing(args, [{ expect: asks, send }], roots.wrap))
    assert.deepEqual([roots.trusted(), roots.bundle(), roots.added()], [...before, []])
    assert.deepEqual(await installed(), [])
    const done = await typing(args, [{ expect: asks, send: 'y' }], roots.wrap)
    assert.equal(done.code, 0, done.text)
    assert.equal(roots.added().length, 1)
    const removed = await typing(['trust', 'system', '--remove'], [], roots.wrap)
    assert.equal(removed.code, 0, removed.text)
    assert.deepEqual(roots.added(), [])
  })

  test('AC-1.5: to uninstall takes an authority out of its store, and only with a yes', async () => {
    const at = certsOf('last')
    const { code, text } = await typing(toDocker(at), [{ expect: asks, send: 'y' }])
    assert.equal(code, 0, text)
    const expect = 'Destroy the keys and delete all this?'
    for (const [, send] of noes) isRefused(await typing(['uninstall'], [{ expect, send }]))
    assert.equal(readdirSync(join(at, host)).length, 1)
    const done = await typing(['uninstall'], [{ expect, send: 'y' }])
    assert.equal(done.code, 0, done.text)
    assert.deepEqual([readdirSync(at), existsSync(join(home.path, 'keys'))], [[], false])
  })
})
