import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeSocketGoals } from './socket-goals.ts'
import type { SocketTable } from './socket-results.ts'

function table(name: string, figures: Readonly<Record<string, readonly number[]>>): SocketTable {
  const rows = Object.entries(figures).map(([contender, values]) => ({
    contender: contender as 'direct',
    rounds: values.map((value) => ({ value })),
  }))
  return { name, title: name, unit: '', better: 'more', rows }
}

test('goals are held to medians of ratios within rounds, and figures to themselves', () => {
  const judged = judgeSocketGoals([
    table('postgres-8-plain', { pgbouncer: [100, 200, 300], coatcheck: [95, 100, 300] }),
    table('postgres-idle-tls', { coatcheck: [200, 150, 190] }),
    table('redis-50', { direct: [10] }),
  ])
  const found = (words: string) => judged.find(({ what }) => what.includes(words))
  assert.deepEqual([found('8 clients, plain')?.value, found('8 clients, plain')?.isReached], [0.95, true])
  assert.deepEqual([found('session, TLS')?.value, found('session, TLS')?.isReached], [190, false])
  assert.deepEqual([found('Redis, 50')?.value, found('Redis, 50')?.isReached], [null, null])
})
