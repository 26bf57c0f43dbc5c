import { writeSync } from 'node:fs'
import { openInstallation } from './installation.suite.ts'

/** Ends the rotation that is under way, then replaces the key again and again until it is killed; says when it begins. */
async function rotateUntilKilled(root: string): Promise<void> {
  const { custody } = openInstallation(root)
  writeSync(1, 'begin\n')
  await custody.resume()
  for (let round = 0; round < 1_000; round++) await custody.rotate(() => {})
}

const [, program, root] = process.argv
if (program === import.meta.filename && root !== undefined) await rotateUntilKilled(root)
