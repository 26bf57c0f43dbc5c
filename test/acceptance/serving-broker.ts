import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Caller } from './caller.ts'
import { commandLine, descendants } from './process-facts.ts'

const startAttempts = 1200
const pauseMs = 25

/** What `coatcheck serve` is started with beside its caller. */
export interface ServeOptions {
  /** Options of `serve`. */
  readonly args?: readonly string[]
  readonly cwd?: string
  /** Variables over those of the caller. */
  readonly env?: Readonly<Record<string, string>>
  /** Program and arguments that run the command. */
  readonly prefix?: readonly string[]
}

/** `coatcheck serve` of a caller, ready for requests. */
export interface ServingBroker extends AsyncDisposable {
  readonly serve: ChildProcess
  /** Process of the broker itself, below `serve`. */
  readonly pid: number
  readonly socketPath: string
  /** Everything that both have written so far. */
  said(): string
  /** Resolves with code and signal of `serve`. */
  readonly ended: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>
  /** Ends it as a person would, unless it has ended. */
  stop(): Promise<void>
}

/** Starts `coatcheck serve` and waits until it listens. @throws Error with what it said when it does not */
export async function startServe(caller: Caller, options: ServeOptions = {}): Promise<ServingBroker> {
  const { argv, env } = caller.coatcheck
  const [program = '', ...args] = [...(options.prefix ?? []), ...argv, 'serve', '--json', ...(options.args ?? [])]
  const cwd = options.cwd ?? caller.home
  const serve = spawn(program, args, { cwd, env: { ...env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(serve, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  let said = ''
  for (const stream of [serve.stdout, serve.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk
    })
  }
  for (let attempt = 0; attempt < startAttempts && !said.includes('"ready":true'); attempt += 1) {
    if (serve.exitCode !== null || serve.signalCode !== null) break
    await delay(pauseMs)
  }
  const pid = descendants(serve.pid ?? 0).find((process) => commandLine(process).includes('broker-process'))
  const stop = async () => {
    if (serve.exitCode === null && serve.signalCode === null) serve.kill('SIGTERM')
    await ended
  }
  if (pid === undefined) {
    serve.kill('SIGKILL')
    throw new Error(`coatcheck serve did not start: ${said}`)
  }
  const socketPath = join(caller.home, 'run', 'broker.sock')
  return { serve, pid, socketPath, said: () => said, ended, stop, [Symbol.asyncDispose]: stop }
}
