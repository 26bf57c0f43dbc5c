import { Worker } from 'node:worker_threads'
import type { Orders, Questions } from './messages.ts'
import { type Answers, Post } from './post.ts'
import type { WorkerSetup } from './worker-setup.ts'

/** What a worker is given besides its setup. */
export interface WorkerThreadParts {
  readonly setup: WorkerSetup
  readonly answers: Answers<Omit<Questions, 'ready'>>
  /** Told of what a question ran into unexpectedly. */
  readonly report: (instance: string, error: unknown) => void
}

/** Memory of one worker, in megabytes; what it carries lies outside of it, in buffers. */
const resourceLimits = { maxOldGenerationSizeMb: 1_024 }

/** One worker while it lives. */
export interface WorkerThread {
  readonly post: Pick<Post<Orders, Questions>, 'ask'>
  /** Resolves when its door is open. Rejects when the thread ends before that. */
  readonly ready: Promise<void>
  /** Resolves when the thread is gone, with what ended it where that was an error. Never rejects. */
  readonly ended: Promise<{ readonly error?: unknown; readonly exitCode: number }>
  /** Share of its time that it was busy, since this was asked last. */
  utilization(): number
  /** Ends the thread as it stands. */
  terminate(): void
}

/** Starts the thread of one worker. SECURITY: it gets no environment, no input, no arguments, and no output of its own. */
export function startWorkerThread({ setup, answers, report }: WorkerThreadParts): WorkerThread {
  const entry = new URL(import.meta.resolve('@coatcheck/broker/worker'))
  const worker = new Worker(entry, {
    argv: [],
    env: {},
    name: `coatcheck worker ${setup.number}`,
    resourceLimits,
    stdin: false,
    stdout: true,
    stderr: true,
    trackUnmanagedFds: true,
    workerData: setup,
  })
  worker.stdout.resume()
  worker.stderr.resume()
  const { promise: ready, resolve: isReady, reject: isNotReady } = Promise.withResolvers<void>()
  const heard = (): null => {
    isReady()
    return null
  }
  const post = new Post<Orders, Questions>(worker, { ...answers, ready: heard }, report)
  const ended = new Promise<{ readonly error?: unknown; readonly exitCode: number }>((resolve) => {
    let failure: { readonly error?: unknown } = {}
    worker.once('error', (error) => {
      failure = { error }
    })
    worker.once('exit', (exitCode) => {
      post.close()
      isNotReady(failure.error ?? new Error('a worker ended before it began'))
      resolve({ ...failure, exitCode })
    })
  })
  ready.catch(() => {})
  let lookedAt = worker.performance.eventLoopUtilization()
  const utilization = (): number => {
    const before = lookedAt
    lookedAt = worker.performance.eventLoopUtilization()
    return worker.performance.eventLoopUtilization(lookedAt, before).utilization
  }
  return { post, ready, ended, utilization, terminate: () => void worker.terminate() }
}
