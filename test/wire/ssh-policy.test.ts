import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { type HostKind, makeSshKey } from '../fixtures/ssh-server.ts'
import { poll } from './poll.ts'
import { gitHost, type InsideGit, openSshScene, type SecretOptions, type SshScene } from './ssh-scene.ts'

const skip = skipWithout('sshd', 'ssh', 'ssh-keygen', 'git')
let scene: SshScene
let number = 0

before(async () => {
  if (skip === false) scene = await openSshScene()
})

after(() => scene?.[Symbol.asyncDispose]())

/** A sandbox with a secret of its own. */
async function openFor(options: SecretOptions = {}): Promise<InsideGit> {
  number += 1
  await scene.store(`key-${number}`, options)
  return scene.open(`key-${number}`)
}

function list(place: InsideGit, repository = 'team/project.git') {
  return place.git(['ls-remote', place.url(repository)])
}

async function lastRefusal() {
  const { event } = await poll(async () => {
    const last = (await scene.world.events()).at(-1)!
    return last.event.code === undefined ? undefined : last
  })
  return event
}

test('SS-01: a grant that is read-only fetches, and pushes nothing', { skip }, async () => {
  const place = await openFor({ inject: { access: 'read-only' } })
  const before = scene.server.log().length
  const cloned = await place.git(['clone', '-q', place.url('team/project.git'), 'project'])
  assert.equal(cloned.code, 0, cloned.stderr)
  const pushed = await place.git(['-C', 'project', 'push', 'origin', 'main:refs/heads/new'])
  assert.notEqual(pushed.code, 0)
  assert.match(pushed.stderr, /coatcheck: refused: the grant is read-only, so nothing can be pushed/)
  assert.equal(scene.server.log().slice(before).split('Connection from').length, 2)
  const { kind, code, note } = await lastRefusal()
  assert.deepEqual([kind, code], ['connection.refused', 'statement_refused'])
  assert.match(note ?? '', /git-receive-pack .*team\/project.git: the grant is read-only/)
})

test('SS-01: a grant for some repositories is for no others', { skip }, async () => {
  const pattern = `${scene.repositories}/team/pro*`
  const place = await openFor({ inject: { repositories: [pattern, '**/third'] } })
  assert.equal((await list(place)).code, 0)
  assert.equal((await list(place, 'team/project')).code, 0)
  for (const repository of ['team/other.git', 'team/project.git/hooks', 'team']) {
    const { code, stderr } = await list(place, repository)
    assert.notEqual(code, 0)
    assert.match(stderr, /coatcheck: refused: the grant is not for this repository/)
  }
})

const hostKinds: readonly HostKind[] = ['ecdsa-256', 'ecdsa-384', 'rsa']

for (const kind of hostKinds) {
  test(`SS-02: a service is known by its ${kind} host key`, { skip }, async () => {
    const place = await openFor({ inject: { hostKeys: [`${gitHost} ${scene.server.hostKey(kind)}`] } })
    const { code, stderr } = await list(place)
    assert.equal(code, 0, stderr)
  })
}

test('SS-02, CO-05: a host key that is not pinned is refused, and no key is shown to it', { skip }, async () => {
  const place = await openFor({ inject: { hostKeys: [makeSshKey('ed25519').publicKey] } })
  const before = scene.server.log().length
  const { code, stderr } = await list(place)
  assert.notEqual(code, 0)
  assert.match(stderr, /coatcheck: the service showed another host key than the grant pins/)
  assert.doesNotMatch(scene.server.log().slice(before), /publickey/)
  const refusal = await lastRefusal()
  assert.equal(refusal.code, 'upstream_key_untrusted')
  assert.match(refusal.note ?? '', new RegExp(`shown: ${scene.server.fingerprint('ed25519').replaceAll(/[+/]/g, '.')}`))
  // CO-03: nothing of the service comes through before it has let the broker in.
  for (const hidden of [gitHost, '127.0.0.1', 'SHA256', `${scene.server.user}@`])
    assert.ok(!stderr.includes(hidden), stderr)
})

const userKinds: readonly (readonly [string, ...string[]])[] = [['ecdsa-384'], ['rsa-2048', '-m', 'PKCS8']]

test('the broker logs in with keys of other kinds and forms', { skip }, async () => {
  for (const [kind, ...options] of userKinds) {
    const key = makeSshKey(kind, ...options)
    scene.server.letIn([scene.key.publicKey, key.publicKey])
    const place = await openFor({ value: key.privateKey })
    const { code, stderr } = await list(place)
    assert.equal(code, 0, `${kind} ${options}: ${stderr}`)
  }
  assert.match(scene.server.log(), /Accepted publickey for .* RSA/)
})

test('CO-03: a key that the service does not take is said in our own words', { skip }, async () => {
  const key = makeSshKey('ed25519')
  const place = await openFor({ value: key.privateKey })
  const { code, stderr } = await list(place)
  assert.notEqual(code, 0)
  assert.match(stderr, /coatcheck: the service did not take the key of the broker/)
  assert.doesNotMatch(stderr, /Permission denied/)
  assert.deepEqual(findCanary(stderr, scene.canary), [])
})

const scopes: readonly (readonly [string, SecretOptions])[] = [
  ['no host keys, where none are published', { inject: { hostKeys: undefined as never } }],
  ['a fingerprint that is cut', { inject: { hostKeys: ['SHA256:abc'] } }],
  ['a host key that is revoked', { inject: { hostKeys: [`@revoked * ${makeLine()}`] } }],
  ['another scheme', { scope: { to: `https://${gitHost}` } }],
]

for (const [what, options] of scopes) {
  test(`a scope with ${what} is refused when it is saved`, { skip }, async () => {
    await assert.rejects(openFor(options), { code: 'scope_invalid' })
  })
}

test('the host keys of known forges need not be written', { skip }, async () => {
  for (const host of ['github.com', 'gitlab.com', 'bitbucket.org']) {
    await openFor({ inject: { hostKeys: undefined as never }, scope: { to: `ssh://${host}`, pin: undefined as never } })
  }
})

function makeLine(): string {
  return 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
}
