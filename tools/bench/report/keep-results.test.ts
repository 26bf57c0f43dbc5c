import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, test } from 'node:test'
import { repositoryRoot } from '../../../test/fixtures/source-files.ts'
import { judgeGoals } from './goals.ts'
import { keepResults } from './keep-results.ts'
import { describeMachine } from './machine.ts'
import type { Results, ScenarioResults } from './results.ts'

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-kept-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const scenarios: readonly ScenarioResults[] = [
  {
    name: 'small',
    title: 'small answers',
    unit: 'request',
    rows: [
      { peer: 'own', rounds: [{ cpuUs: 20 }, { cpuUs: 22 }] },
      {
        peer: 'nginx',
        rounds: [],
        voidReason: `${folder}/x/nginx did not start: ${repositoryRoot}/nginx.conf is wrong`,
      },
    ],
  },
]
const results: Results = {
  startedAt: '2026-11-23T01:02:03.000Z',
  isComplete: true,
  machine: { ...describeMachine([0.5]), processor: 'A Processor(R) 3.1 @ 2.0 GHz', cores: 4 },
  origin: 'nginx 1.2',
  rounds: 2,
  product: 'own',
  peers: [
    { name: 'own', title: 'coatcheck', version: 'on Node 26' },
    { name: 'nginx', title: 'nginx', version: '1.2' },
  ],
  scenarios,
  goals: judgeGoals(scenarios, 'own'),
}

test('results are kept as JSON and as a page, by day and processor, and never over others', () => {
  const names = [keepResults(results, folder), keepResults(results, folder)].map((path) => basename(path))
  const name = '2026-11-23-a-processor-3-1-2-0-ghz-4-cores'
  assert.deepEqual(names, [name, `${name}-2`])
  assert.deepEqual(readdirSync(folder).sort(), [`${name}-2.json`, `${name}-2.md`, `${name}.json`, `${name}.md`])
})

test('the JSON is all of the results, the page has their tables', () => {
  const path = keepResults(results, folder)
  const kept = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Results
  assert.deepEqual(Object.keys(kept), Object.keys(results))
  assert.deepEqual(kept.scenarios[0]?.rows[0], scenarios[0]?.rows[0])
  assert.deepEqual(kept.goals, results.goals)
  const page = readFileSync(`${path}.md`, 'utf8')
  assert.match(page, /^# Benchmark of 2026-11-23\n/)
  assert.match(page, /\ncoatcheck +20\.0 +21\.0/)
  assert.match(page, /\nGoals\n/)
})

test('what is kept names no folder and no build of a kernel', () => {
  const path = keepResults(results, folder)
  for (const ending of ['json', 'md']) {
    const text = readFileSync(`${path}.${ending}`, 'utf8')
    for (const place of [folder, tmpdir(), repositoryRoot, homedir()]) assert.ok(!text.includes(`${place}/`), place)
    assert.match(text, /… did not start: … is wrong/)
  }
  assert.match(results.machine.kernel, /^\d+\.\d+(?:\.\d+)?$/)
})

test('what is already kept has no place in it either', () => {
  const kept = join(repositoryRoot, 'docs', 'benchmarks')
  if (!existsSync(kept)) return
  for (const name of readdirSync(kept)) {
    const text = readFileSync(join(kept, name), 'utf8')
    assert.doesNotMatch(text, /(?:\/tmp|\/home|\/root|\/work)\//, name)
  }
})
