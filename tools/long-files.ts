/** Test files that take longest, the longest first: one that began last would run alone, on one processor of many. */
const longest: readonly string[] = [
  'test/fault/kill-broker',
  'test/canary/canary',
  'test/endurance/large-bodies',
  'test/cli/run',
  'test/cli/trust',
  'test/cli/keys',
  'test/cli/commands',
  'test/acceptance/attach',
  'test/cli/bad-states',
  'test/cli/bad-input-broker',
  'packages/launchers/test/escape/lifecycle',
  'test/acceptance/home-settings',
  'test/cli/sudden-death',
  'test/cli/sandbox',
  'test/clients/command-as-ordinary-user',
  'test/clients/as-ordinary-user',
  'test/clients/command-as-caller',
  'test/clients/as-caller',
  'test/clients/registered-clients',
  'test/packaging/packaging',
  'test/cli/backup',
  'test/acceptance/sec-04',
  'test/clients/terminal-prompts',
  'test/acceptance/serve',
  'test/acceptance/run-without-setup',
  'packages/broker/src/storage/sqlite/crash.fault',
  'packages/broker/src/audit/journal.fault',
  'packages/broker/src/storage/sqlite/key-rotation.fault',
  'packages/launchers/test/escape/trust',
  'packages/launchers/test/escape/escape',
]

/** The same files, those that take longest first, and the others as they were. */
export function longestFirst(files: readonly string[]): readonly string[] {
  const rank = (file: string): number => {
    const place = longest.findIndex((name) => file.endsWith(`/${name}.test.ts`))
    return place === -1 ? longest.length : place
  }
  return files.toSorted((left, right) => rank(left) - rank(right))
}
