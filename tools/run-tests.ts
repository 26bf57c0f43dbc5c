import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from 'node:test'
import * as reporters from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { longestFirst } from './long-files.ts'
import { layOutPublishedForm } from './published-form.ts'
import { withSkipReport } from './skip-report.ts'
import { selectTestFiles } from './test-files.ts'
import { writeTestGroups } from './test-groups.ts'

/** Longest time that one test may take, in milliseconds. */
const testTimeoutMs = 480_000

/** Folders in the scratch folder. */
const compileCache = 'compiled'
const groupFolder = 'groups'

const usage = `Usage: npm test -- [--unit] [part of a path …]

  --unit                   only the quick tests
  --test-reporter NAME     spec (default), tap, dot, junit
  --test-name-pattern TEXT only tests whose name matches
  --test-concurrency N     files at a time (default: one more than there are processors, at most 4)`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    unit: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    'test-reporter': { type: 'string', default: 'spec' },
    'test-name-pattern': { type: 'string', multiple: true },
    'test-concurrency': { type: 'string' },
  },
})

const makeReporter = {
  spec: () => new reporters.spec(),
  tap: () => reporters.tap,
  dot: () => reporters.dot,
  junit: () => reporters.junit,
}

/** A home and temporary folder of the run's own, so that tests neither see nor leave anything of the caller's. */
function makeScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-tests-'))
  // Tests that run a command as another id must be able to pass through.
  chmodSync(folder, 0o755)
  return folder
}

/** Leaves only variables that a test may depend on. */
function cleanEnvironment(scratch: string): void {
  const kept = ['PATH', 'LANG', 'TERM', 'TZ', 'USER', 'LOGNAME', 'CI', 'FORCE_COLOR', 'NO_COLOR', 'COLORTERM']
  for (const name of Object.keys(process.env)) if (!kept.includes(name)) delete process.env[name]
  process.env['HOME'] = scratch
  process.env['TMPDIR'] = scratch
  process.env['GIT_CONFIG_NOSYSTEM'] = '1'
  // Every test file loads the same sources: what is made of them once serves all.
  process.env['NODE_COMPILE_CACHE'] = join(scratch, compileCache)
  // Tests find the Node that runs them first, however they were started.
  process.env['PATH'] = `${dirname(process.execPath)}:${process.env['PATH'] ?? '/usr/bin:/bin'}`
}

async function runTests(root: string, scratch: string): Promise<boolean> {
  const { unit, 'test-name-pattern': patterns, 'test-concurrency': concurrency } = values
  const files = selectTestFiles(root, { unitOnly: unit, containing: positionals })
  if (files.length === 0) {
    console.error('No test file matches.')
    return false
  }
  let passed = true
  const groups = writeTestGroups(root, files, join(scratch, groupFolder))
  const events = run({
    files: [...longestFirst(groups.alone), ...groups.files],
    cwd: root,
    // One more than there are processors: many tests wait for processes and timers.
    concurrency: concurrency === undefined ? Math.min(4, availableParallelism() + 1) : Number(concurrency),
    timeout: testTimeoutMs,
    execArgv: ['--conditions=source', '--import', join(import.meta.dirname, 'file-deadline.ts')],
    ...(patterns === undefined ? {} : { testNamePatterns: patterns }),
  })
  events.on('test:summary', ({ success }) => {
    if (!success) passed = false
  })
  const name = values['test-reporter']
  if (!(name in makeReporter)) throw new Error(`unknown reporter ${name}`)
  const reporter = makeReporter[name as keyof typeof makeReporter]()
  for await (const text of events.compose(withSkipReport).compose(reporter)) process.stdout.write(text)
  return passed
}

if (values.help) {
  console.log(usage)
} else {
  const root = join(import.meta.dirname, '..')
  const scratch = makeScratchFolder()
  cleanEnvironment(scratch)
  try {
    // The quick tests start no command.
    using published = values.unit ? undefined : await layOutPublishedForm(root)
    if (published !== undefined) process.env['COATCHECK_TEST_COMMAND'] = published.folder
    process.exitCode = (await runTests(root, scratch)) ? 0 : 1
  } finally {
    const left = readdirSync(scratch).filter((name) => name !== compileCache && name !== groupFolder)
    if (left.length > 0) console.error(`Left behind by tests and removed now: ${left.join(', ')}`)
    rmSync(scratch, { recursive: true, force: true })
  }
}
