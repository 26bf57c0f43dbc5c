import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { findProgram } from '../measure/find-program.ts'

const runFile = promisify(execFile)
const maxOutputBytes = 16_777_216

/** Runs a program that loads a service. @throws Error with what it said last, where it fails or is not installed */
export async function runTool(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const program = findProgram(name)
  if (program === undefined) throw new Error(`${name} is not installed`)
  const options = { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...env }, maxBuffer: maxOutputBytes }
  try {
    return await runFile(program, [...args], options)
  } catch (error) {
    const { stderr = '' } = error as { readonly stderr?: string }
    throw new Error(`${name}: ${stderr.trim().split('\n').slice(-2).join(' ') || 'failed'}`)
  }
}
