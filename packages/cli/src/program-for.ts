import type { Command } from 'commander'
import type { Session } from './session.ts'

/** The program for one command line. People wait for `run` most, so that command is loaded without the others. */
export async function programFor(args: readonly string[], session: Session, json: boolean): Promise<Command> {
  if (args[0] !== 'run') return (await import('./program.ts')).createProgram(session, json)
  const [{ baseProgram, settle }, { runCommand }] = await Promise.all([
    import('./base-program.ts'),
    import('./commands/run.ts'),
  ])
  return settle(baseProgram().addCommand(runCommand(session)), session, json)
}
