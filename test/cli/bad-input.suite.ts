import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { CoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import type { RunOptions } from '../fixtures/finished-process.ts'
import { runHere } from './in-this-process.suite.ts'

/** A command line that must fail, with what it ends with and what it says. */
export interface BadInput {
  readonly name: string
  readonly args: readonly string[]
  readonly code: number
  readonly says: RegExp
  readonly options?: RunOptions
}

/** A value that no output may repeat. */
export const misplacedValue = 'sk_live_TyPeDiNtHeWrOnGpLaCe0123456789'

/** What moves by itself while a broker serves: its clock, its database's own files, its checkpoints. */
const moving = /(^|\/)(high-water(-clock)?(\.\d+\.tmp)?|[^/]+\.checkpoint\.json|[^/]+-(wal|shm))$/

/** Everything under a folder that a failed command must leave as it was: path, mode and content. */
export function stateOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !moving.test(path))
    .map((path) => {
      const status = lstatSync(path)
      const content = status.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
      return `${relative(folder, path)} ${status.mode.toString(8)} ${content}`
    })
    .sort()
}

/** Commands that were run as a process. */
const started = new Set<string>()

/**
 * Runs a bad command line for a person and with `--json`: the documented exit code, one sentence or one problem on standard
 * error, nothing on standard output, nothing of a misplaced value, and nothing changed under `home`. The first of each
 * command runs as a process, the others in this one.
 */
export async function demandRefused(coatcheck: CoatcheckCommand, home: string, bad: BadInput): Promise<void> {
  const before = stateOf(home)
  const verb = bad.args.find((word) => !word.startsWith('-')) ?? ''
  const isFirst = !started.has(verb)
  started.add(verb)
  const plain = await (isFirst ? coatcheck.run(bad.args, bad.options) : runHere(coatcheck, home, bad.args, bad.options))
  const json = await runHere(coatcheck, home, ['--json', ...bad.args], bad.options)
  for (const { code, stdout, stderr } of [plain, json]) {
    assert.equal(code, bad.code, stderr)
    assert.equal(stdout, '')
    assert.ok(!stderr.includes(misplacedValue), 'a value is repeated')
  }
  assert.match(plain.stderr, bad.says)
  assert.match(plain.stderr, /^coatcheck: [^\n]+[.?]\n$/, 'more or less than one sentence')
  assert.doesNotMatch(plain.stderr, /`detail`|undefined|\[object/)
  assert.match(json.stderr, /^[^\n]+\n$/, 'more or less than one problem')
  const { code, title, detail, remedy } = JSON.parse(json.stderr) as Record<string, string>
  for (const text of [code, title, detail, remedy]) assert.ok(typeof text === 'string' && text.length > 0)
  assert.deepEqual(stateOf(home), before, 'something was changed')
}
