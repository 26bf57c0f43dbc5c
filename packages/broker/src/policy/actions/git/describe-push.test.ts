import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitId, commitWith, packOf, packPart } from '../../../foundation/pack-builder.suite.ts'
import type { ActionHead } from '../action-kind.ts'
import { describeAction } from '../registry.ts'

const type = 'application/x-git-receive-pack-request'
const head: ActionHead = {
  method: 'POST',
  host: 'git.example.com',
  path: '/acme/app.git/git-receive-pack',
  query: '',
  fields: [{ name: 'Content-Type', value: type }],
}
const zero = '0'.repeat(40)
const old = '1'.repeat(40)
const next = commitWith([old])
const packet = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text
const pushOf = (
  changes: readonly (readonly [from: string, to: string, ref: string])[],
  pack: Buffer = Buffer.alloc(0),
) => {
  const lines = changes.map(([from, to, ref], at) => packet(`${from} ${to} ${ref}${at === 0 ? '\0atomic' : ''}`))
  return Buffer.concat([Buffer.from(`${lines.join('')}0000`), pack])
}

test('a push is told by its repository, what it does to each reference, and the length of its pack', () => {
  const id = commitId(next)
  const pack = packOf(packPart(1, next))
  const changes = [
    [zero, id, 'refs/heads/feature'],
    [old, id, 'refs/heads/main'],
    ['2'.repeat(40), id, 'refs/heads/other'],
    [old, id, 'refs/tags/v1'],
    [old, zero, 'refs/heads/gone'],
  ] as const
  assert.deepEqual(describeAction(head, pushOf(changes, pack)), [
    'push to acme/app',
    `create refs/heads/feature at ${id}`,
    `move refs/heads/main from ${old} to ${id}, on from there`,
    `move refs/heads/other from ${'2'.repeat(40)} to ${id}, which may throw commits away`,
    `move refs/tags/v1 from ${old} to ${id}, which forgets what the tag was on`,
    `delete refs/heads/gone, which is at ${old}`,
    `a pack of ${pack.length} bytes`,
  ])
  assert.deepEqual(describeAction(head, Buffer.from('0000')), ['push to acme/app', 'changes no reference', 'no pack'])
})

test('options of a push are told', () => {
  const line = packet(`${zero} ${old} refs/heads/a\0push-options`)
  const body = Buffer.from(`${line}0000${packet('merge_request.create')}0000`)
  assert.ok(describeAction(head, body)?.includes('push option merge_request.create'))
})

test('what can be read in two ways, or is no push, is not told in other words', () => {
  const body = pushOf([[zero, old, 'refs/heads/a']])
  const others: readonly (readonly [Partial<ActionHead>, Buffer])[] = [
    [{ path: '/acme/app.git/git-upload-pack' }, body],
    [{ path: '/v1/refunds' }, body],
    [{ path: '/acme/app.GIT/git-receive-pack' }, body],
    [{ fields: [] }, body],
    [{ fields: [...head.fields, { name: 'Content-Encoding', value: 'gzip' }] }, body],
    [{}, body.subarray(0, -4)],
    [{}, Buffer.from('zzzz')],
    [
      {},
      pushOf([
        [zero, old, 'refs/heads/a'],
        [zero, old, 'refs/heads/A'],
      ]),
    ],
    [{}, pushOf([[zero, old, 'refs/heads/../main']])],
  ]
  for (const [part, bytes] of others) assert.equal(describeAction({ ...head, ...part }, bytes), undefined)
})
