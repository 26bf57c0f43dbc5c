import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { runCommandLine } from './run-command-line.ts'
import { Session, type Surroundings } from './session.ts'

/** What one command line said, and how it ended. */
export interface Captured {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A home that no test makes: only a broker would. */
export const homeNeverMade = join(tmpdir(), `coatcheck-never-made-${process.pid}`)

/** Whether a broker made the home after all; takes it away. */
export function wasHomeMade(): boolean {
  const isMade = existsSync(homeNeverMade)
  rmSync(homeNeverMade, { recursive: true, force: true })
  return isMade
}

/** What a command line finds around it; an empty place without a home when absent. */
export interface CaptureOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly stdin?: string | Buffer
  readonly cwd?: string
}

/** Runs a command line in this process, without terminal. */
export async function runCaptured(args: readonly string[], options: CaptureOptions = {}): Promise<Captured> {
  const written = { stdout: '', stderr: '' }
  const code = await runCommandLine(args, surroundings(written, options))
  return { code, ...written }
}

/** A session whose output goes nowhere. */
export function silentSession(): Session {
  return new Session(surroundings({ stdout: '', stderr: '' }))
}

function surroundings(written: { stdout: string; stderr: string }, options: CaptureOptions = {}): Surroundings {
  const { environment = { COATCHECK_HOME: homeNeverMade }, stdin = '', cwd = '/' } = options
  const sink = (name: 'stdout' | 'stderr'): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk)
        done()
      },
    })
  return {
    environment,
    stdin: Readable.from(stdin.length === 0 ? [] : [Buffer.from(stdin)]),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    cwd,
    now: () => new Date(0),
  } as unknown as Surroundings
}
