import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { after, test } from 'node:test'
import { longestFirst } from './long-files.ts'
import { writeTestGroups } from './test-groups.ts'

const root = mkdtempSync(join(tmpdir(), 'test-groups-'))
after(() => rmSync(root, { recursive: true }))

function write(path: string, content = `import { test } from 'node:test'\ntest('${path} runs', () => {})\n`): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

const units = Array.from({ length: 20 }, (_, index) => write(`packages/a/src/unit-${index}.test.ts`))
const others = ['packages/a/src/kill.fault.test.ts', 'packages/a/test/slow.test.ts', 'test/fault/kill-broker.test.ts']
const alone = others.map((path) => write(path))

function runGroups(files: readonly string[]): { readonly status: number | null; readonly report: string } {
  const [reports, statuses] = [[] as string[], [] as (number | null)[]]
  for (const file of files) {
    // A test file that knows of a runner above it would speak that runner's language.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const { stdout, status } = spawnSync(process.execPath, ['--test-reporter=tap', file], { encoding: 'utf8', env })
    reports.push(stdout)
    statuses.push(status)
  }
  return { status: Math.max(...statuses.map((status) => status ?? 1)), report: reports.join('') }
}

test('every unit test runs in one of the groups, once, and all others stay alone', () => {
  const groups = writeTestGroups(root, [...units, ...alone], join(root, 'groups'))
  assert.deepEqual(groups.alone, alone)
  assert.equal(groups.files.length, 2)
  const { status, report } = runGroups(groups.files)
  assert.equal(status, 0, report)
  for (const file of units) assert.equal(report.split(`ok 1 - ${relative(root, file)} runs`).length, 2, report)
})

test('a failure in a group is a failure', () => {
  const broken = write(
    'packages/b/src/broken.test.ts',
    "import { test } from 'node:test'\ntest('x', () => { throw new Error('broken') })\n",
  )
  const missing = write('packages/b/src/missing.test.ts', "import './absent.ts'\n")
  for (const [index, bad] of [broken, missing].entries()) {
    const groups = writeTestGroups(root, [...units, bad], join(root, `bad-${index}`))
    assert.notEqual(runGroups(groups.files).status, 0)
  }
})

test('a few that were asked for run as they are', () => {
  assert.deepEqual(writeTestGroups(root, units.slice(0, 12), join(root, 'none')), {
    alone: units.slice(0, 12),
    files: [],
  })
})

test('what takes longest begins first', () => {
  assert.deepEqual(
    longestFirst(alone).map((file) => relative(root, file)),
    [others[2], others[0], others[1]],
  )
})
