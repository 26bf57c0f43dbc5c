import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentMap } from './recent-map.ts'

test('the entry that was set longest ago gives way to a new one', () => {
  const map = new RecentMap<string, number>(2)
  map.set('one', 1).set('two', 2).set('one', 1).set('three', 3)
  assert.deepEqual(
    [...map],
    [
      ['one', 1],
      ['three', 3],
    ],
  )
})

test('an entry that is set again takes no room of another one', () => {
  const map = new RecentMap<string, number>(2)
  map.set('one', 1).set('two', 2).set('two', 3)
  assert.deepEqual([...map.values()], [1, 3])
})
