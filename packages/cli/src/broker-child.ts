import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrokerProcessOptions, BrokerProcessReply } from '@coatcheck/broker'
import { CoatcheckError } from '@coatcheck/contract'
import { BrokerProblem } from '@coatcheck/sdk'
import type { BrokerCommand } from './broker-command.ts'

const startDeadlineMs = 30_000
const stopDeadlineMs = 10_000
/** What is kept of the log of a broker that may fail to start, in characters. */
const maxLogLength = 4_096

type BrokerReady = Extract<BrokerProcessReply, { readonly ready: true }>

/** A broker process that this command started and watches. */
export interface BrokerChild {
  readonly process: ChildProcess
  /** Resolves with the exit code; 128 and the signal when it was killed. */
  readonly exit: Promise<number>
  /** Where it listens. */
  readonly ready: BrokerReady
  /** The end of its log, where that is not inherited. */
  log(): string
  /** Lets it end in its own time; kills it when that takes too long. */
  stop(): Promise<void>
}

/**
 * Starts a broker process and waits until its doors are open.
 * @throws CoatcheckError `broker_unreachable`, and whatever kept it from starting
 */
export async function startBrokerChild(
  { file, args, env }: BrokerCommand,
  options: BrokerProcessOptions,
  kind: 'private' | 'foreground',
): Promise<BrokerChild> {
  // Away from the terminal, a private broker outlives the Ctrl-C that the sandbox is meant to get.
  const detached = kind === 'private'
  const child = spawn(file, args, { cwd: '/', env, detached, stdio: ['pipe', 'pipe', detached ? 'pipe' : 'inherit'] })
  const exit = exitOf(child)
  const tail = keepTail(child)
  // A broker that is gone already shows as an early end below.
  child.stdin?.on('error', () => undefined)
  child.stdin?.write(`${JSON.stringify(options)}\n`)
  const end = () => child.stdin?.end()
  const started = { process: child, exit, log: tail, stop: () => stop(child, exit, end) }
  try {
    return { ...started, ready: await ready(child, options.socketPath, tail) }
  } catch (error) {
    await started.stop()
    throw error
  }
}

async function ready(child: ChildProcess, socket: string, tail: () => string): Promise<BrokerReady> {
  const lines = createInterface({ input: child.stdout! })
  // The last line may arrive after the exit, but not after the streams have closed.
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const deadline = new AbortController()
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    closed.then((code) => unreachable(socket, `it ended with ${code} while starting ${tail()}`.trim())),
    sleep(startDeadlineMs, unreachable(socket, 'it took too long to start'), deadline),
  ])
  deadline.abort()
  if (first instanceof Error) throw first
  const reply = JSON.parse(first) as BrokerProcessReply
  if ('problem' in reply) throw new BrokerProblem(reply.problem)
  return reply
}

function unreachable(socket: string, reason: string): CoatcheckError {
  return new CoatcheckError('broker_unreachable', { socket, reason })
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127))
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
}

async function stop(child: ChildProcess, exit: Promise<number>, end: () => unknown): Promise<void> {
  end()
  const late = new AbortController()
  const isLate = await Promise.race([exit.then(() => false), sleep(stopDeadlineMs, true, late)])
  late.abort()
  if (isLate) child.kill('SIGKILL')
  await exit
}

function keepTail(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-maxLogLength)
  })
  return () => text
}
