import { join } from 'node:path'
import { runToEnd } from '../fixtures/finished-process.ts'

/** What a person at the terminal does once a text has appeared. */
export interface TerminalStep {
  readonly expect: string
  readonly send?: string
  /** Rows and columns. */
  readonly resize?: readonly [number, number]
  /** Number of a signal for the job that has the terminal. */
  readonly signal?: number
  readonly hangup?: true
}

/** What was seen at the terminal. */
export interface TerminalEnd {
  /** Exit code; negative when a signal ended the program. */
  readonly code: number
  readonly seen: string
  /** Steps that did not come about. */
  readonly left: number
}

/** Size of the window, in characters. */
export const windowSize = { rows: 37, columns: 123 }

const person = join(import.meta.dirname, 'outside', 'terminal.py')

/** Runs a command under a pseudo-terminal of its own. */
export async function atTerminal(
  [program = '', ...args]: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  steps: readonly TerminalStep[],
): Promise<TerminalEnd> {
  const command = ['/usr/bin/env', program, ...args]
  const play = { command, cwd, env: { ...env, TERM: 'xterm' }, ...windowSize, steps }
  const { stdout, stderr } = await runToEnd(['/usr/bin/python3', person, JSON.stringify(play)], { env, cwd })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as TerminalEnd
}
