import { findProgram } from './find-program.ts'

/** A program, its arguments, and what it needs beside. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** The command, held to one processor where that is asked for and `taskset` is installed. */
export function pinned(command: Command, core: number | undefined): Command {
  const taskset = core === undefined ? undefined : findProgram('taskset')
  if (taskset === undefined) return command
  return { ...command, file: taskset, args: ['-c', String(core), command.file, ...command.args] }
}

/** The same for a script of the bench that is forked: how Node itself is started. */
export function pinnedNode(core: number | undefined): { readonly execPath: string; readonly execArgv: string[] } {
  const { file, args } = pinned({ file: process.execPath, args: ['--conditions=source'] }, core)
  return { execPath: file, execArgv: [...args] }
}
