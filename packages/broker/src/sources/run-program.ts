import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { sourceFailure } from './source.ts'

/** A program and everything that it gets. */
export interface ProgramCall {
  /** Absolute path of the program, then its arguments. */
  readonly command: readonly string[]
  /** Its whole environment. */
  readonly environment: Readonly<Record<string, string>>
  /** Longest output, in bytes. */
  readonly maxOutputBytes: number
}

/** Where the programs of the system are. */
const systemPath = '/usr/local/bin:/usr/bin:/bin'

/** The environment of a program that a source runs: nothing that steers a program, and nothing of the broker's. */
export function cleanEnvironment(homeFolder: string): Readonly<Record<string, string>> {
  return { PATH: systemPath, HOME: homeFolder, LANG: 'C.UTF-8' }
}

/**
 * Runs a program without a shell and gives what it wrote to its standard output, once it ended with 0. Its other output is
 * dropped. When it takes too long or says too much, it is killed together with its children.
 * @throws CoatcheckError `source_unavailable`
 */
export async function runProgram(
  { command, environment, maxOutputBytes }: ProgramCall,
  signal: AbortSignal,
): Promise<Buffer> {
  const [file = '', ...args] = command
  await refuseForeignProgram(file)
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  // A group of its own, so that its children can be ended with it. SECURITY: what it says of errors may hold a value.
  const child = spawn(file, args, { cwd: '/', detached: true, env: environment, stdio: ['ignore', 'pipe', 'ignore'] })
  const chunks: Buffer[] = []
  let length = 0
  const end = (error: Error): void => {
    killGroup(child.pid)
    child.stdout.destroy()
    reject(error)
  }
  const abort = (): void => end(sourceFailure('the program took too long'))
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length
    chunks.push(chunk)
    if (length > maxOutputBytes) end(sourceFailure(`the program wrote more than ${maxOutputBytes} bytes`))
  })
  child.once('error', (error: NodeJS.ErrnoException) =>
    reject(sourceFailure(error.code === 'ENOENT' ? 'the program does not exist' : 'the program cannot be run')),
  )
  // Children that keep the output open would hold up whoever waits for its end.
  child.once('exit', () => setImmediate(() => killGroup(child.pid)))
  child.once('close', (code) => {
    if (code === 0) resolve(Buffer.concat(chunks))
    else reject(sourceFailure(code === null ? 'the program was killed' : `the program ended with ${code}`))
  })
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  return promise.finally(() => {
    signal.removeEventListener('abort', abort)
    for (const chunk of chunks) chunk.fill(0)
  })
}

/** SECURITY: SEC-06. Whoever may write a program runs as the broker; only its owner and root may. */
async function refuseForeignProgram(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined)
  if (status === undefined) throw sourceFailure('the program does not exist')
  const isForeign = status.uid !== 0 && status.uid !== process.geteuid?.()
  if (isForeign) throw sourceFailure('the program belongs to another user')
  if ((status.mode & 0o022) !== 0)
    throw sourceFailure('others may write the program', 'Take that right away: chmod go-w.')
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}
