import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { revisionMemory } from './revision-memory.ts'
import { RevisionPublisher } from './revision-publisher.ts'
import { SharedRevision } from './shared-revision.ts'

let publisher: RevisionPublisher | undefined
afterEach(() => publisher?.stop())

/** A publisher of a revision that a test sets, and a reader of the same memory. */
function openRevision() {
  const present: { revision: number | undefined } = { revision: 1 }
  const current = (): number => {
    if (present.revision === undefined) throw new CoatcheckError('vault_locked')
    return present.revision
  }
  publisher = new RevisionPublisher({ current })
  const reader = new SharedRevision(revisionMemory(publisher.memory.buffer))
  publisher.look()
  return { present, publisher, reader }
}

test('SEC-01: what changed is published at the next look, and nothing where nothing changed', () => {
  const { present, publisher: published, reader } = openRevision()
  const before = reader.current()
  published.look()
  assert.equal(reader.current(), before)
  present.revision = 2
  published.look()
  assert.notEqual(reader.current(), before)
})

test('SEC-01: while the revision cannot be found out, no look leaves what was known as it was', () => {
  const { present, publisher: published, reader } = openRevision()
  present.revision = undefined
  const seen = new Set([reader.current()])
  for (let look = 0; look < 3; look += 1) {
    published.look()
    seen.add(reader.current())
  }
  present.revision = 1
  published.look()
  seen.add(reader.current())
  assert.equal(seen.size, 5)
})

test('what stands in no row is published by whoever changed it', () => {
  const { publisher: published, reader } = openRevision()
  const before = reader.current()
  published.publish()
  assert.notEqual(reader.current(), before)
})

test('a look is recent for a moment only', () => {
  const { publisher: published, reader } = openRevision()
  published.look()
  assert.equal(reader.isRecent(), true)
  published.stop()
  Atomics.store(published.memory.lookedAt, 0, process.hrtime.bigint() - 11_000_000n)
  assert.equal(reader.isRecent(), false)
})

test('nobody has looked before the first look', () => {
  assert.equal(new SharedRevision(revisionMemory()).isRecent(), false)
})
