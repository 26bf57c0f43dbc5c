import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { CoatcheckError } from '@coatcheck/contract'
import type { LaunchSpec } from '../../launcher.ts'
import { chainDescriptors } from './entry-chain.ts'
import type { StagedData } from './staged-data.ts'

const startDeadlineMs = 30_000
const lastWordsMs = 250
const longestComplaint = 400

/** A chain whose command is running. */
export interface StartedCommand {
  readonly child: ChildProcess
  /** Exit code as a shell reports it. */
  readonly exit: Promise<number>
}

/**
 * Starts a chain and waits until the command in the sandbox is about to run.
 * @throws CoatcheckError `launch_impossible` with what the chain complained about
 */
export async function startCommand(
  chain: readonly [string, ...string[]],
  stdio: LaunchSpec['stdio'],
  data: StagedData,
  signal: AbortSignal,
): Promise<StartedCommand> {
  const [program, ...args] = chain
  const [input, output, errors] =
    stdio === 'inherit' ? (['inherit', 'inherit', 2] as const) : (['pipe', 'pipe', 'pipe'] as const)
  const nothing = openSync('/dev/null', 'r')
  const child = spawn(program, args, {
    cwd: '/',
    // SECURITY: bubblewrap's environment can be read inside, in /proc/1/environ.
    env: {},
    stdio: [input, output, 'pipe', 'pipe', errors, ...data.stdio(nothing)],
  })
  closeSync(nothing)
  const exit = new Promise<number>((resolve) => {
    child.once('error', () => resolve(126))
    child.once('exit', (code, killedBy) => resolve(code ?? 128 + (killedBy === null ? 0 : constants.signals[killedBy])))
  })
  data.feed(child)
  try {
    await standing(child, exit, signal)
    return { child, exit }
  } catch (error) {
    child.kill('SIGKILL')
    await exit
    throw error
  }
}

async function standing(child: ChildProcess, exit: Promise<number>, signal: AbortSignal): Promise<void> {
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-longestComplaint)
  })
  // Its last words arrive with its end; a child that it left behind may hold the stream open for longer.
  const silent = new Promise<void>((resolve) => child.stderr?.once('close', resolve))
  const lastWords = () => Promise.race([silent, delay(lastWordsMs, undefined, { ref: false })])
  const impossible = (reason: string) => new CoatcheckError('launch_impossible', { reason })

  const ready = new Promise<boolean>((resolve) => {
    const stream = (child.stdio as readonly unknown[])[chainDescriptors.ready] as Readable
    stream.once('data', () => resolve(true))
  })
  const failed = Promise.withResolvers<never>()
  const timer = setTimeout(() => failed.reject(impossible('the sandbox took too long to start')), startDeadlineMs)
  const abort = () => failed.reject(impossible('the launch was called off'))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    const ended = exit.then(lastWords).then(() => false)
    if (await Promise.race([ready, ended, failed.promise])) return
    throw impossible(complaint.trim() || 'the sandbox ended before its command began')
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
