import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Files in a group: enough that loading counts for little, and few enough that a process that ends early hides little. */
const groupSize = 12

/** Test files as they are to be run: in processes of their own, or together. */
export interface TestGroups {
  readonly alone: readonly string[]
  /** Files written for this run; each runs several test files in one process, each as a suite. */
  readonly files: readonly string[]
}

/**
 * Puts unit tests of the packages together, because loading what they test takes longer than they do. Fault tests and
 * those outside of `src` stay alone, and so does each of a few that were asked for.
 */
export function writeTestGroups(root: string, files: readonly string[], folder: string): TestGroups {
  const together = files.filter((file) => /^packages\/[^/]+\/src\/.*(?<!\.fault)\.test\.ts$/.test(relative(root, file)))
  if (together.length <= groupSize) return { alone: files, files: [] }
  mkdirSync(folder)
  const count = Math.ceil(together.length / groupSize)
  // Dealt out in turn, so that heavy neighbours do not meet in one group.
  const written = Array.from({ length: count }, (_, group) => {
    const path = join(folder, `group-${group + 1}.test.mjs`)
    const members = together.filter((_file, index) => index % count === group)
    writeFileSync(path, groupSource(root, members))
    return path
  })
  return { alone: files.filter((file) => !together.includes(file)), files: written }
}

function groupSource(root: string, members: readonly string[]): string {
  const suites = members.map((file) => {
    const [name, url] = [relative(root, file), pathToFileURL(file).href].map((text) => JSON.stringify(text))
    return `suite(${name}, async () => { await import(${url}) })\n`
  })
  return `import { suite } from 'node:test'\n${suites.join('')}`
}
