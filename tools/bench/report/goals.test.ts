import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeerName } from '../peers/peer.ts'
import { judgeGoals } from './goals.ts'
import type { ScenarioResults } from './results.ts'

function smallOf(rows: Readonly<Partial<Record<PeerName, readonly number[]>>>, voidPeer?: PeerName): ScenarioResults[] {
  const entries = Object.entries(rows) as [PeerName, readonly number[]][]
  return [
    {
      name: 'small',
      title: '',
      unit: 'request',
      rows: entries.map(([peer, cpu]) => ({
        peer,
        rounds: cpu.map((cpuUs) => ({ cpuUs })),
        ...(peer === voidPeer && { voidReason: 'an answer was wrong' }),
      })),
    },
  ]
}

const againstNginx = (scenarios: readonly ScenarioResults[], product: PeerName = 'own') =>
  judgeGoals(scenarios, product).find(({ what }) => what === 'CPU per small request, against nginx')

for (const [cpu, reached] of [
  [[15, 15], 'aim'],
  [[16, 16], 'gate'],
  [[23, 23], 'neither'],
] as const) {
  test(`${cpu[0]} against 10 reaches ${reached}`, () => {
    const goal = againstNginx(smallOf({ own: cpu, nginx: [10, 10] }))
    assert.deepEqual([goal?.value, goal?.reached], [cpu[0] / 10, reached])
  })
}

test('a goal whose peer is absent or void was not measured', () => {
  const absent = againstNginx(smallOf({ own: [15] }))
  const isVoid = againstNginx(smallOf({ own: [15], nginx: [10] }, 'nginx'))
  const isOwnVoid = againstNginx(smallOf({ own: [15], nginx: [10] }, 'own'))
  for (const goal of [absent, isVoid, isOwnVoid]) assert.deepEqual([goal?.value, goal?.reached], [null, 'not measured'])
})

test('the reference plane is not compared to itself', () => {
  const goals = judgeGoals(smallOf({ reference: [15], nginx: [10] }), 'reference')
  assert.equal(goals.find(({ what }) => what === 'CPU per small request, against reference')?.reached, 'not measured')
  assert.equal(againstNginx(smallOf({ reference: [15], nginx: [10] }), 'reference')?.value, 1.5)
})

for (const [cpuUs, bareCpuUs, reached] of [
  [100, 90, 'aim'],
  [100, 86, 'gate'],
  [100, 84, 'neither'],
] as const) {
  test(`${100 - bareCpuUs} of ${cpuUs} for a secret and its search reaches ${reached}`, () => {
    const rows: ScenarioResults['rows'] = [{ peer: 'own', rounds: [{ cpuUs, bareCpuUs }] }]
    const goals = judgeGoals([{ name: 'search-small', title: '', unit: 'request', rows }], 'own')
    const goal = goals.find(({ what }) => what === 'CPU for a secret and its search, small request')
    assert.deepEqual([Math.round(goal?.value ?? 0), goal?.reached], [cpuUs - bareCpuUs, reached])
  })
}

for (const [cpuUs, unruledCpuUs, reached] of [
  [104, 100, 'aim'],
  [119, 100, 'gate'],
  [121, 100, 'neither'],
] as const) {
  test(`a request that costs ${cpuUs} with rules and ${unruledCpuUs} without reaches ${reached}`, () => {
    const rows: ScenarioResults['rows'] = [{ peer: 'own', rounds: [{ cpuUs, unruledCpuUs }] }]
    const goals = judgeGoals([{ name: 'decide-new', title: '', unit: 'request', rows }], 'own')
    const goal = goals.find(({ what }) => what.startsWith('CPU with 1,000 rules, small request like none before'))
    assert.deepEqual([goal?.value, goal?.reached], [cpuUs / unruledCpuUs, reached])
  })
}

test('a decision is told in microseconds, under five of which the gate is', () => {
  const rows: ScenarioResults['rows'] = [{ peer: 'own', rounds: [{ rulesP50Us: 1.5, listP50Us: 4 }] }]
  const goals = judgeGoals([{ name: 'decide-rules', title: '', unit: 'decision', rows }], 'own')
  const reached = goals
    .filter(({ what }) => what.startsWith('decision'))
    .map(({ value, unit, reached }) => [value, unit, reached])
  assert.deepEqual(reached, [
    [1.5, ' µs', 'aim'],
    [4, ' µs', 'gate'],
  ])
})
