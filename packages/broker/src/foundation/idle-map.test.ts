import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IdleMap } from './idle-map.ts'

test('what nobody used for a minute leaves, and what is used stays', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  const dropped: string[] = []
  const map = new IdleMap<string>({ dropped: (value) => dropped.push(value), now: () => now })
  map.set('one', 'first')
  map.set('two', 'second')
  for (let passed = 0; passed < 60_000; passed += 15_000) {
    now += 15_000
    assert.equal(map.use('two'), 'second')
    context.mock.timers.tick(15_000)
  }
  assert.deepEqual([dropped, map.size, map.peek('one')], [['first'], 1, undefined])
  now += 60_000
  context.mock.timers.tick(15_000)
  assert.deepEqual([dropped, map.size], [['first', 'second'], 0])
})

test('a peek is no use', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  const map = new IdleMap<string>({ now: () => now })
  map.set('one', 'first')
  for (let passed = 0; passed < 60_000; passed += 15_000) {
    now += 15_000
    map.peek('one')
    context.mock.timers.tick(15_000)
  }
  assert.equal(map.size, 0)
})

test('whatever leaves is told of once: what is replaced, deleted, or cleared', () => {
  const dropped: string[] = []
  const map = new IdleMap<string>({ dropped: (value) => dropped.push(value) })
  map.set('one', 'a')
  map.set('one', 'b')
  map.delete('one')
  map.delete('one')
  map.set('two', 'c')
  map.set('three', 'd')
  map.deleteFirst()
  map.deleteWhere((value) => value === 'x')
  map.clear()
  map.clear()
  map.deleteFirst()
  assert.deepEqual(dropped, ['a', 'b', 'c', 'd'])
})
