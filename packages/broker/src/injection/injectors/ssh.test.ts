import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { ssh } from './ssh.ts'

const fingerprint = `SHA256:${'A'.repeat(43)}`

test('a scope without host keys is whole only where a host publishes them', () => {
  const without = ssh.prepare({ kind: 'ssh' }).login!
  for (const host of ['github.com', 'gitlab.com', 'bitbucket.org']) assert.equal(without.missingFor?.(host), undefined)
  for (const host of ['git.example.com', 'notgithub.com', 'constructor'])
    assert.match(without.missingFor?.(host) ?? '', /hostKeys/)
  assert.equal(ssh.prepare({ kind: 'ssh', hostKeys: [fingerprint] }).login!.missingFor?.('git.example.com'), undefined)
})

const invalid: readonly InjectorSpec[] = [
  { kind: 'ssh', hostKeys: [] },
  { kind: 'ssh', hostKeys: [fingerprint, 'SHA256:short'] },
  {
    kind: 'ssh',
    hostKeys: ['@cert-authority * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'],
  },
  { kind: 'ssh', user: '-oProxyCommand=id' },
  { kind: 'ssh', user: 'two words' },
  { kind: 'ssh', repositories: ['team/../other'] },
  { kind: 'ssh', repositories: ["team/a'; id"] },
  { kind: 'ssh', repositories: ['-x'] },
  { kind: 'ssh', access: 'write' },
  { kind: 'ssh', shell: 'yes' },
]

for (const spec of invalid) {
  test(`${JSON.stringify(spec)} is refused`, () => {
    assert.throws(() => ssh.prepare(spec), { code: 'scope_invalid' })
  })
}

test('a refusal of a secret says why, and nothing of it', () => {
  const { check } = ssh.prepare({ kind: 'ssh' })
  assert.throws(
    () => check(Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n')),
    (error: Error) => {
      assert.match(error.message, /cannot be read/)
      return !error.message.includes('c2VjcmV0')
    },
  )
})
