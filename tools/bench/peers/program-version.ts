import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findProgram } from '../measure/find-program.ts'

const runFile = promisify(execFile)

/** The version that an installed program says of itself; undefined where it is not installed. */
export async function programVersion(
  name: string,
  args: readonly string[],
  pattern: RegExp,
): Promise<string | undefined> {
  const program = findProgram(name)
  if (program === undefined) return undefined
  const { stdout, stderr } = await runFile(program, args)
  return pattern.exec(stdout + stderr)?.[1] ?? 'of an unknown version'
}
