import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { GitAction } from '@coatcheck/contract'
import type { ActionVerdict } from '../action-kind.ts'
import { git } from '../kinds/git.ts'

const zero = '0'.repeat(40)
const action: GitAction = { kind: 'git', repositories: ['a/b'], access: ['push'], branches: ['!main'] }
const fields = [
  { name: 'Content-Type', value: 'application/x-git-receive-pack-request' },
  { name: 'Content-Encoding', value: 'gzip' },
]
const head = { method: 'POST', host: 'git.test', path: '/a/b.git/git-receive-pack', query: '', fields }
const push = (ref: string): Buffer => {
  const text = `${zero} ${'1'.repeat(40)} ${ref}\0 atomic`
  return Buffer.from(`${(text.length + 4).toString(16).padStart(4, '0')}${text}0000PACK`)
}
const judge = (body: Buffer): ActionVerdict => git.compile(action, 'every').matches(head, body)
const isUnreadable = (verdict: ActionVerdict): boolean => typeof verdict === 'object'

describe('a push in gzip', () => {
  const packed = gzipSync(push('refs/heads/one'))
  test('is judged by what stands in it, wherever it is cut', () => {
    assert.equal(judge(packed), true)
    assert.equal(judge(gzipSync(push('refs/heads/main'))), false)
    for (let at = 0; at < packed.length; at++) {
      const reader = git.compile(action, 'every').read!(head)
      const first = reader.feed(packed.subarray(0, at))
      assert.equal(first === 'more' ? reader.feed(packed.subarray(at)) : first, true, `cut at ${at}`)
    }
  })
  test('is unreadable where services may read other things in it, or nothing', () => {
    const named = Buffer.concat([packed.subarray(0, 3), Buffer.of(8), packed.subarray(4, 10), Buffer.from('x\0')])
    const half = push('refs/heads/one')
    for (const body of [
      push('refs/heads/one'),
      Buffer.concat([named, packed.subarray(10)]),
      Buffer.concat([gzipSync(half.subarray(0, 60)), gzipSync(half.subarray(60))]),
      packed.subarray(0, 40),
      packed.subarray(0, 5),
      Buffer.alloc(0),
      Buffer.concat([packed.subarray(0, 10), Buffer.alloc(50, 0xff)]),
    ])
      assert.ok(isUnreadable(judge(body)))
  })
  test('is unreadable under any other coding, or one that is said twice', () => {
    for (const coding of ['x-gzip', 'GZIP', 'gzip, gzip', 'deflate', 'br']) {
      const request = { ...head, fields: [fields[0]!, { name: 'Content-Encoding', value: coding }] }
      assert.ok(isUnreadable(git.compile(action, 'every').matches(request, packed)), coding)
    }
    const twice = { ...head, fields: [...fields, fields[1]!] }
    assert.ok(isUnreadable(git.compile(action, 'every').matches(twice, packed)))
  })
  test('is unpacked up to a length, and no further', () => {
    const long = (bytes: number) => gzipSync(Buffer.concat([Buffer.from('0000'), Buffer.alloc(bytes)]))
    const verdict = judge(long(8_000_000))
    assert.ok(isUnreadable(verdict))
  })
})
