import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { skipWithout } from '../fixtures/requirements.ts'
import { type InsideGit, openSshScene, type SshScene } from './ssh-scene.ts'

const skip = skipWithout('sshd', 'ssh', 'git')
let scene: SshScene
let place: InsideGit

before(async () => {
  if (skip !== false) return
  scene = await openSshScene()
  await scene.store('key')
  place = await scene.open('key')
})

after(() => scene?.[Symbol.asyncDispose]())

test('W5: git clones', { skip }, async () => {
  const done = await place.git(['clone', place.url('team/project.git'), 'project'])
  console.log(done.code, done.stdout, done.stderr)
  console.log(scene.server.log())
  console.log(JSON.stringify((await scene.world.events()).map(({ event }) => event), null, 1))
  assert.equal(done.code, 0)
})
