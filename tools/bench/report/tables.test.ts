import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeGoals } from './goals.ts'
import type { Results, ScenarioResults } from './results.ts'
import { reportText } from './tables.ts'

const small: ScenarioResults = {
  name: 'small',
  title: 'small JSON',
  unit: 'request',
  rows: [
    { peer: 'own', rounds: [40, 60, 50].map((cpuUs) => ({ cpuUs, p99Us: 900 })) },
    { peer: 'nginx', rounds: [20, 20, 20].map((cpuUs) => ({ cpuUs, p99Us: 100 })) },
    { peer: 'caddy', rounds: [{ cpuUs: 1 }], voidReason: 'one line\nan answer was wrong' },
  ],
}

function textFor(load: number): string {
  const results: Results = {
    startedAt: '2026-11-22T00:00:00.000Z',
    isComplete: true,
    machine: { processor: 'A processor', cores: 2, kernel: '6', node: '26', loads: [load] },
    origin: 'nginx',
    rounds: 3,
    product: 'own',
    peers: [
      { name: 'own', title: 'coatcheck', version: 'on Node' },
      { name: 'nginx', title: 'nginx', version: '1.22.1' },
      { name: 'squid', title: 'squid', version: null },
    ],
    scenarios: [small],
    goals: judgeGoals([small], 'own'),
  }
  return reportText(results)
}

test('a row has the best round, the median, and the paired ratio to nginx', () => {
  assert.match(textFor(1), /^coatcheck +40\.0 +50\.0 .* 2\.50$/m)
})

test('a void row has its reason and no figure', () => {
  assert.match(textFor(1), /^caddy +void: an answer was wrong$/m)
})

test('a goal says what was reached, and one whose peer is void that it was not measured', () => {
  assert.match(textFor(1), /^CPU per small request, against nginx +2\.5× +≤ 2\.25× +≤ 1\.5× +neither$/m)
  assert.match(textFor(1), /^CPU per small request, against caddy +≤ 0\.5× +≤ 0\.33× +not measured$/m)
})

test('the slowest percent is not shown when the machine had more to do than it has cores', () => {
  assert.match(textFor(2), /p99/)
  assert.doesNotMatch(textFor(2.1), /p99/)
})

test('versions are printed, and who is not installed', () => {
  assert.match(textFor(1), /nginx 1\.22\.1 · squid \(not installed\)/)
})
