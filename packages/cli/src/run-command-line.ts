import { programFor } from './program-for.ts'
import { reportFailure } from './report-failure.ts'
import { Session, type Surroundings } from './session.ts'

/** Runs one command line and gives the exit code. Never throws. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const session = new Session(surroundings)
  const json = wantsJson(args)
  try {
    const program = await programFor(args, session, json)
    await program.parseAsync(args, { from: 'user' })
    return session.exitCode
  } catch (error) {
    return reportFailure(error, json, surroundings.stderr)
  }
}

/** Known even where the command line could not be understood. */
function wantsJson(args: readonly string[]): boolean {
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  return own.includes('--json')
}
