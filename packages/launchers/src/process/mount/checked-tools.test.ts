import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, suite, test } from 'node:test'
import type { Mount } from '../../launcher.ts'
import { prepareWorkspace } from '../workspace/prepare-workspace.ts'
import { checkMounts } from './checked-mount.ts'
import { checkTools } from './checked-tools.ts'
import { ForbiddenPlaces } from './forbidden-places.ts'

suite('mounts of programs', { skip: process.platform !== 'linux' && 'needs Linux' }, () => {
  let root = ''
  const at = (name: string) => join(root, name)
  const tool = (name: string): Mount => ({ source: at(name), writable: true, isTool: true })
  const check = (tools: readonly Mount[], asked: readonly Mount[] = [], forbidden: readonly string[] = []) => {
    const places = new ForbiddenPlaces(forbidden)
    return checkTools(tools, checkMounts(asked, places, undefined), places, undefined)
  }
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'tools-')))
    for (const name of ['tool/bin', 'tool/lib', 'work/inner', 'vault']) mkdirSync(at(name), { recursive: true })
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  test('are read-only, whatever was asked for', () => {
    const { checked, leftOut } = check([tool('tool/bin'), tool('tool/lib')])
    assert.deepEqual(
      checked.map(({ source, writable, isTool }) => [source, writable, isTool]),
      [
        [at('tool/bin'), false, true],
        [at('tool/lib'), false, true],
      ],
    )
    assert.deepEqual(leftOut, [])
  })

  test('SEC-04: are left out where the vault, its key or a socket is, and the command starts all the same', () => {
    for (const name of ['.', 'vault', 'absent']) {
      const { checked, leftOut } = check([tool(name), tool('tool')], [], [at('vault')])
      assert.deepEqual(
        checked.map(({ source }) => source),
        [at('tool')],
      )
      assert.equal(leftOut.length, 1)
    }
  })

  test('are left out where they would lie in, or around, what somebody asked for', () => {
    for (const name of ['work', 'work/inner', '.']) {
      const { checked, leftOut } = check([tool(name)], [{ source: at('work'), writable: true }])
      assert.deepEqual([checked.length, leftOut.length], [0, 1])
    }
  })

  test('SEC-04: have their credentials masked, which is nothing that a person must know', async () => {
    writeFileSync(at('tool/lib/.npmrc'), '//registry.test/:_authToken=secret\n')
    writeFileSync(at('tool/ci.token'), 'secret')
    const prepared = await prepareWorkspace(check([tool('tool')]).checked, new ForbiddenPlaces([]), ['x: a reason'])
    const [shown] = prepared.shown
    assert.deepEqual(
      shown?.protections.map(([path, { kind }]) => [path, kind]),
      [
        ['ci.token', 'cover'],
        ['lib/.npmrc', 'cover'],
      ],
    )
    const { masked, tools, toolsLeftOut } = prepared.report
    assert.deepEqual([masked, tools, toolsLeftOut], [[], [at('tool')], ['x: a reason']])
  })

  test('are left out when they cannot be looked through', async () => {
    const { checked } = check([tool('tool'), tool('vault')])
    const prepared = await prepareWorkspace(checked, new ForbiddenPlaces([at('tool/lib')]))
    assert.deepEqual(prepared.report.tools, [at('vault')])
    assert.match(prepared.report.toolsLeftOut[0] ?? '', /it holds the vault/)
  })
})
