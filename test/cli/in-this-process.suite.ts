import { join } from 'node:path'
import type { CoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import type { FinishedProcess, RunOptions } from '../fixtures/finished-process.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'

/** What a command line said, and how it ended. */
export type Ended = Pick<FinishedProcess, 'code' | 'stdout' | 'stderr'>

/** `runCaptured` of the command line's own tests; another project, so that its types are said here. */
const { runCaptured } = (await import(join(repositoryRoot, 'packages/cli/src/captured-command-line.suite.ts'))) as {
  runCaptured(
    args: readonly string[],
    options: { environment: Readonly<Record<string, string>>; cwd: string; stdin?: string | Buffer },
  ): Promise<Ended>
}

/** Runs a command line in this process, where Node need not start once more. A broker that it needs is a process as ever. */
export function runHere(
  coatcheck: CoatcheckCommand,
  home: string,
  args: readonly string[],
  { cwd = home, env = {}, stdin }: RunOptions = {},
): Promise<Ended> {
  const environment = { ...coatcheck.env, ...env }
  return runCaptured(args, { environment, cwd: String(cwd), ...(stdin !== undefined && { stdin }) })
}

/** The same for a command that must succeed; reads its `--json` output. @throws Error with what it wrote to stderr */
export async function jsonHere<Output>(
  coatcheck: CoatcheckCommand,
  home: string,
  args: readonly string[],
): Promise<Output> {
  const { code, stdout, stderr } = await runHere(coatcheck, home, [...args, '--json'])
  if (code !== 0) throw new Error(`coatcheck ${args.slice(0, 2).join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as Output
}
