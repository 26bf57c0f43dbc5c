import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeptLane, LaneTable, longestIdleMs } from './lane-table.ts'

interface Lane extends KeptLane {
  readonly name: string
  isIdle?: boolean
}

function openTable() {
  const closed: string[] = []
  const table = new LaneTable<Lane>({
    close: ({ name }) => void closed.push(name),
    tidy: ({ isIdle }) => isIdle !== true,
  })
  const add = (name: string, usedAtMs: number, sandboxId = 'sbx_one'): Lane => {
    const lane: Lane = { name, sandboxId, usedAtMs }
    table.add(name, lane)
    return lane
  }
  return { table, closed, add, [Symbol.dispose]: () => ['sbx_one', 'sbx_two'].forEach((id) => void table.forget(id)) }
}

test('where there are too many lanes, the one longest unused gives way, however early the others came', () => {
  using scene = openTable()
  const { table, closed, add } = scene
  const first = add('first', 0)
  for (let count = 1; count < 1_024; count += 1) add(`lane-${count}`, count)
  first.usedAtMs = 5_000
  add('one more', 5_001)
  assert.deepEqual(closed, ['lane-1'])
  assert.deepEqual(
    [table.get('first')?.name, table.get('lane-1'), table.get('one more')?.name],
    ['first', undefined, 'one more'],
  )
})

test('SEC-16: the lanes of a sandbox end with it, and no other ones', () => {
  using scene = openTable()
  const { table, closed, add } = scene
  add('mine', 0)
  add('theirs', 0, 'sbx_two')
  table.forget('sbx_one')
  assert.deepEqual([closed, table.get('mine'), table.get('theirs')?.name], [['mine'], undefined, 'theirs'])
})

test('lanes on which nothing is left are forgotten in time', ({ mock }) => {
  mock.timers.enable({ apis: ['setInterval'] })
  using scene = openTable()
  const { table, add } = scene
  add('kept', 0)
  add('idle', 0).isIdle = true
  mock.timers.tick(longestIdleMs)
  assert.deepEqual([table.get('kept')?.name, table.get('idle')], ['kept', undefined])
})
