import { globSync } from 'node:fs'
import { join } from 'node:path'

// Explicit places: a glob over everything would also find the compiled copies in `dist`.
// A fault test kills what it tests, many times over.
const faultGlob = 'packages/*/src/**/*.fault.test.ts'
const unitGlobs = ['packages/*/src/**/*.test.ts', 'tools/**/*.test.ts', 'test/*.test.ts', 'test/fixtures/**/*.test.ts']
const slowGlobs = [faultGlob, 'packages/*/test/**/*.test.ts', 'test/*/**/*.test.ts']

/** Which test files to run. */
export interface Selection {
  /** Only the quick ones. */
  readonly unitOnly: boolean
  /** Parts of paths; a file that contains one of them is taken. Empty takes all. */
  readonly containing: readonly string[]
}

/** Paths of the selected test files under `root`: quick ones first, then the others, each in alphabetical order. */
export function selectTestFiles(root: string, { unitOnly, containing }: Selection): readonly string[] {
  const unit = globSync(unitGlobs, { cwd: root, exclude: [faultGlob] }).sort()
  const slow = unitOnly ? [] : globSync(slowGlobs, { cwd: root }).sort()
  return [...new Set([...unit, ...slow])]
    .filter((path) => containing.length === 0 || containing.some((part) => path.includes(part)))
    .map((path) => join(root, path))
}
