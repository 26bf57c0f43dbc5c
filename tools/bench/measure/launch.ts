import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from './pinned.ts'

/** A program that was started and listens. */
export interface Launched extends AsyncDisposable {
  readonly pid: number
  /** From the start of the program until it accepted a connection, in milliseconds. */
  readonly startMs: number
}

const startDeadlineMs = 60_000
const stopDeadlineMs = 15_000
const pauseMs = 2
const maxLogLength = 2_000

/** Starts a program and waits until it accepts connections on a port of 127.0.0.1. @throws Error with what it said when it does not */
export async function launch({ file, args, env, cwd }: Command, port: number): Promise<Launched> {
  const startedAt = performance.now()
  const child = spawn(file, args, {
    ...(cwd !== undefined && { cwd }),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the bench, which ends what it started in its own order.
    detached: true,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-maxLogLength)
    })
  }
  let hasEnded = false
  const ended = once(child, 'close').then(
    () => undefined,
    () => undefined,
  )
  void ended.then(() => {
    hasEnded = true
  })
  const stop = async (): Promise<void> => {
    if (hasEnded) return
    signalGroup(child.pid, 'SIGTERM')
    const late = new AbortController()
    const isLate = await Promise.race([
      ended.then(() => false),
      sleep(stopDeadlineMs, true, { signal: late.signal }).catch(() => false),
    ])
    late.abort()
    if (isLate) signalGroup(child.pid, 'SIGKILL')
    await ended
  }
  while (!(await accepts(port))) {
    if (hasEnded || performance.now() - startedAt > startDeadlineMs) {
      await stop()
      throw new Error(`${file} did not start: ${said.trim()}`)
    }
    await sleep(pauseMs)
  }
  return { pid: child.pid ?? 0, startMs: performance.now() - startedAt, [Symbol.asyncDispose]: stop }
}

/** Whether something accepts connections on this port of 127.0.0.1. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It has just ended by itself.
  }
}
