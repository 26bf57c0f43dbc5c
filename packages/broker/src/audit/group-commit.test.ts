import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GroupCommit } from './group-commit.ts'

/** A sync that ends when the test says so. */
function controlledSync() {
  const running: PromiseWithResolvers<void>[] = []
  const sync = (): Promise<void> => {
    const run = Promise.withResolvers<void>()
    running.push(run)
    return run.promise
  }
  return { running, sync }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('A2 a sync that has begun does not answer for what comes later', async () => {
  const { running, sync } = controlledSync()
  const commit = new GroupCommit(sync)
  const order: string[] = []
  const first = commit.join().then(() => order.push('first'))
  await turn()
  const later = [commit.join(), commit.join()].map((join) => join.then(() => order.push('later')))
  running[0]?.resolve()
  await first
  await turn()
  assert.deepEqual(order, ['first'])
  assert.equal(running.length, 2)
  running[1]?.resolve()
  await Promise.all(later)
  await commit.settled()
  assert.deepEqual(order, ['first', 'later', 'later'])
})

test('A2 after a sync failed none succeeds, not even one that waited', async () => {
  const { running, sync } = controlledSync()
  const commit = new GroupCommit(sync)
  const first = commit.join()
  await turn()
  const waiting = commit.join()
  running[0]?.reject(new Error('EIO'))
  await assert.rejects(first, /EIO/)
  await assert.rejects(waiting, /EIO/)
  await assert.rejects(commit.join(), /EIO/)
  assert.equal(running.length, 1)
  await commit.settled()
})
