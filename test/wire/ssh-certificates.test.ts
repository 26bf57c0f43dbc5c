import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeSshAuthority } from '../fixtures/ssh-authority.ts'
import { makeSshKey, type SshKeyPair } from '../fixtures/ssh-server.ts'
import { makeTemporaryHome, type TemporaryHome } from '../fixtures/temporary-home.ts'
import { type InsideGit, openSshScene, type SshScene } from './ssh-scene.ts'

const skip = skipWithout('sshd', 'ssh', 'ssh-keygen', 'git')
let authority: ReturnType<typeof makeSshAuthority>
let folder: TemporaryHome
let scene: SshScene
let number = 0

before(async () => {
  if (skip !== false) return
  authority = makeSshAuthority()
  folder = makeTemporaryHome()
  const path = join(folder.path, 'authority')
  writeFileSync(path, `${authority.publicKey}\n`)
  scene = await openSshScene(undefined, undefined, [`TrustedUserCAKeys ${path}`])
  scene.server.letIn([])
})

after(async () => {
  await scene?.[Symbol.asyncDispose]()
  folder?.[Symbol.dispose]()
})

async function openWith(value: string): Promise<InsideGit> {
  number += 1
  await scene.store(`certified-${number}`, { value })
  return scene.open(`certified-${number}`)
}

async function isLetIn(where: InsideGit): Promise<boolean> {
  const { code, stderr } = await where.git(['ls-remote', where.url('team/project.git')])
  if (code !== 0) assert.match(stderr, /did not take the key of the broker/)
  return code === 0
}

for (const kind of ['ed25519', 'ecdsa-256', 'ecdsa-384', 'rsa-3072']) {
  test(`a key of ${kind} is let in by its certificate, and not without`, { skip }, async () => {
    const key = makeSshKey(kind)
    const certificate = authority.certify(key, '-n', scene.server.user, '-V', '+1h')
    for (const value of [`${key.privateKey}${certificate}\n`, `${certificate}\n${key.privateKey}`])
      assert.ok(await isLetIn(await openWith(value)))
    assert.match(scene.server.log(), /Accepted certificate ID "test"|Accepted publickey for \S+ .*-CERT/)
    assert.equal(await isLetIn(await openWith(key.privateKey)), false)
  })
}

test('a certificate for another user, or of another authority, is one that the service declines', {
  skip,
}, async () => {
  const key = makeSshKey('ed25519')
  const strangers = makeSshAuthority('ecdsa-256')
  for (const certificate of [
    authority.certify(key, '-n', 'somebody-else', '-V', '+1h'),
    strangers.certify(key, '-n', scene.server.user, '-V', '+1h'),
    authority.certify(key, '-n', scene.server.user, '-V', '+1h', '-O', 'source-address=192.0.2.1/32'),
  ])
    assert.equal(await isLetIn(await openWith(`${key.privateKey}${certificate}\n`)), false)
})

test('a certificate is renewed by rotating the secret', { skip }, async () => {
  const key = makeSshKey('ed25519')
  const wrong = authority.certify(key, '-n', 'somebody-else')
  const where = await openWith(`${key.privateKey}${wrong}\n`)
  assert.equal(await isLetIn(where), false)
  const right = authority.certify(key, '-n', scene.server.user)
  await scene.world.client.secrets.rotate(`certified-${number}`, `${key.privateKey}${right}\n`)
  assert.ok(await isLetIn(where))
})

const unusable: readonly (readonly [string, (key: SshKeyPair) => string, RegExp])[] = [
  ['of another key', () => authority.certify(makeSshKey('ed25519'), '-n', 'me'), /for another key/],
  ['of another kind of key', () => authority.certify(makeSshKey('ecdsa-256'), '-n', 'me'), /another kind of key/],
  ['of a host', (key) => authority.certify(key, '-h', '-n', 'me'), /none of a user/],
  ['that is over', (key) => authority.certify(key, '-n', 'me', '-V', '20200101:20200102'), /certificate is over/],
  [
    'that is cut',
    (key) => authority.certify(key, '-n', 'me').split(' ').slice(0, 2).join(' ').slice(0, -80),
    /too short/,
  ],
]

for (const [what, make, reason] of unusable) {
  test(`a certificate ${what} is not stored, and no refusal repeats it`, { skip }, async () => {
    const key = makeSshKey('ed25519')
    const certificate = make(key)
    number += 1
    await assert.rejects(
      scene.store(`certified-${number}`, { value: `${key.privateKey}${certificate}\n` }),
      (error) => {
        assert.ok(error instanceof CoatcheckError && error.code === 'secret_unusable')
        const text = JSON.stringify({ ...error, message: error.message })
        assert.match(text, reason)
        return !text.includes(certificate.split(' ')[1]!.slice(0, 40))
      },
    )
  })
}
