import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ProfileView } from '@coatcheck/contract'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'

describe('coatcheck profile', () => {
  let home: TemporaryHome
  let coatcheck: CoatcheckCommand
  before(() => {
    home = makeTemporaryHome()
    coatcheck = makeCoatcheckCommand(home.path)
  })
  after(() => home[Symbol.dispose]())

  test('lists what is built in', async () => {
    const found = await coatcheck.json<readonly ProfileView[]>(['profile', 'list'])
    assert.deepEqual(
      found.map(({ name }) => name),
      ['dev', 'locked', 'open'],
    )
    const { stdout } = await coatcheck.run(['profile', 'list'])
    assert.match(stdout, /^NAME +ALLOWS\ndev +Package registries/)
  })

  test('shows the hosts that one allows, and every host by a word', async () => {
    const dev = await coatcheck.json<ProfileView>(['profile', 'show', 'dev'])
    assert.ok(dev.allow.some(({ to }) => to === 'pypi.org'))
    assert.deepEqual((await coatcheck.json<ProfileView>(['profile', 'show', 'locked'])).allow, [])
    assert.match((await coatcheck.run(['profile', 'show', 'open'])).stdout, /^allow +every host$/m)
  })

  test('says in one sentence that there is no such profile', async () => {
    const { code, stdout, stderr } = await coatcheck.run(['profile', 'show', 'nothing'])
    assert.deepEqual([code, stdout], [3, ''])
    assert.match(stderr, /^coatcheck: No such profile[^\n]*\n$/)
  })
})
