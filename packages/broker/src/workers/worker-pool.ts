import { CoatcheckError, type WorkersStatus } from '@coatcheck/contract'
import { listenFailed } from '../foundation/door-address.ts'
import { TrafficCounts } from '../metrics/traffic-counts.ts'
import { addTraffic, type TrafficDelta, takeTraffic } from '../metrics/traffic-delta.ts'
import type { Orders, Questions } from './messages.ts'
import type { Answers } from './post.ts'
import type { RevisionPublisher } from './revision-publisher.ts'
import type { WorkerSetup } from './worker-setup.ts'
import { startWorkerThread, type WorkerThread } from './worker-thread.ts'

/** What a pool of workers is made of. */
export interface WorkerPoolParts {
  readonly setup: Omit<WorkerSetup, 'door' | 'journalState' | 'number' | 'of' | 'ownEndpoints'>
  readonly answers: Answers<Omit<Questions, 'ready'>>
  readonly publisher: RevisionPublisher
  /** Where what workers counted is added. */
  readonly counts: TrafficCounts
  /** Told of what went wrong unexpectedly in a worker or with it. */
  readonly report: (instance: string, error: unknown) => void
  /** Records that a worker ended which was not told to. Never rejects. */
  readonly recordEnd: (number: number, reason: string) => Promise<void>
}

/** What all workers of a door have in common. */
export type SharedDoor = Pick<WorkerSetup, 'door' | 'ownEndpoints'>

/** Where one worker after the other does its work. */
interface Place {
  readonly number: number
  readonly journalState: SharedArrayBuffer
  /** What is going on in the present worker, of all that was counted. */
  readonly live: TrafficCounts
  thread: WorkerThread | undefined
  isReady: boolean
  startedAtMs: number
  failures: number
}

/** SECURITY: a worker that has not carried out an order by then is ended, with everything on it (N2), in milliseconds. */
const orderMs = 1_000
/** How long a worker may take to write what waits when the broker stops, in milliseconds. */
const stopMs = 5_000
/** How long a worker may take to open its door, in milliseconds. */
const startMs = 30_000
const firstPauseMs = 100
const longestPauseMs = 30_000
/** A worker that lived for longer than this failed for another reason than the one before, in milliseconds. */
const steadyMs = 60_000

/** Starts workers, starts them again when they end, and orders all of them what has to happen everywhere. */
export class WorkerPool {
  readonly #parts: WorkerPoolParts
  readonly #places: readonly Place[]
  #door: SharedDoor | undefined
  #restarts = 0
  #isStopping = false

  constructor(count: number, parts: WorkerPoolParts) {
    this.#parts = parts
    this.#places = Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      journalState: new SharedArrayBuffer(4),
      live: new TrafficCounts(),
      thread: undefined,
      isReady: false,
      startedAtMs: 0,
      failures: 0,
    }))
  }

  /** How many there are, how many listen, and how many had to be started again. */
  get status(): WorkersStatus {
    const running = this.#places.filter(({ isReady }) => isReady).length
    return { count: this.#places.length, running, restarts: this.#restarts }
  }

  /** `failing` while the journal of a worker is. */
  get journal(): 'ok' | 'failing' {
    const isFailing = ({ journalState }: Place) => Atomics.load(new Int32Array(journalState), 0) !== 0
    return this.#places.some(isFailing) ? 'failing' : 'ok'
  }

  /** Share of its time that the busiest of them was busy, since this was asked last. */
  utilization(): number {
    return Math.max(0, ...this.#places.map(({ thread }) => thread?.utilization() ?? 0))
  }

  /** Starts all of them. @throws CoatcheckError `listen_failed` */
  async start(door: SharedDoor): Promise<void> {
    this.#door = door
    try {
      await Promise.all(this.#places.map((place) => this.#start(place, door)))
    } catch (error) {
      throw error instanceof CoatcheckError ? error : listenFailed(door.door, error)
    }
  }

  /**
   * Has every worker do something. SECURITY: SEC-01, N2. That something changed is published first, so that nothing begins by what
   * was before once this has been done. Resolves when all have; one that has not in time is ended. Never rejects.
   */
  async order<Name extends keyof Orders>(name: Name, body: Orders[Name]['ask']): Promise<void> {
    this.#parts.publisher.look()
    this.#parts.publisher.publish()
    await Promise.all(this.#places.map((place) => this.#order(place, name, body)))
  }

  /** Adds what the workers counted since the last time. Never rejects. */
  async collect(): Promise<void> {
    await Promise.all(
      this.#places.map(async (place) => {
        const counted = place.isReady
          ? await withinMs(orderMs, place.thread?.post.ask('counts', null)).catch(() => undefined)
          : undefined
        if (counted !== undefined) this.#add(place, counted)
      }),
    )
  }

  /** Has them close their doors, end what is open and write what waits. Never rejects. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(
      this.#places.map(async ({ isReady, thread }) => {
        if (thread === undefined) return
        if (isReady) await withinMs(stopMs, thread.post.ask('stop', null)).catch(() => {})
        thread.terminate()
        await thread.ended
      }),
    )
    this.#parts.publisher.stop()
  }

  async #start(place: Place, door: SharedDoor): Promise<void> {
    const { answers, report, setup } = this.#parts
    const { journalState, number } = place
    Atomics.store(new Int32Array(journalState), 0, 0)
    const thread = startWorkerThread({
      setup: { ...setup, ...door, number, of: this.#places.length, journalState },
      answers,
      report,
    })
    place.thread = thread
    void thread.ended.then(({ error, exitCode }) => this.#onEnded(place, error, exitCode))
    try {
      await withinMs(startMs, thread.ready)
    } catch (error) {
      thread.terminate()
      throw error
    }
    place.startedAtMs = performance.now()
    place.isReady = true
  }

  async #order<Name extends keyof Orders>(place: Place, name: Name, body: Orders[Name]['ask']): Promise<void> {
    const { isReady, thread } = place
    if (thread === undefined || !isReady) return
    await withinMs(orderMs, thread.post.ask(name, body)).catch(() => {
      thread.terminate()
      return thread.ended
    })
  }

  async #onEnded(place: Place, error: unknown, exitCode: number): Promise<void> {
    const wasReady = place.isReady
    place.thread = undefined
    place.isReady = false
    this.#forgetLive(place)
    // Whoever started it hears of an end before it was ready.
    if (this.#isStopping || !wasReady) return
    place.failures = performance.now() - place.startedAtMs > steadyMs ? 0 : place.failures
    const code = error instanceof Error && 'code' in error ? String(error.code) : `exit code ${exitCode}`
    this.#parts.report(`worker-${place.number}`, error ?? new Error(code))
    await this.#parts.recordEnd(place.number, code)
    this.#startAgain(place)
  }

  #startAgain(place: Place): void {
    const door = this.#door
    if (this.#isStopping || door === undefined) return
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** place.failures)
    place.failures += 1
    setTimeout(() => {
      if (this.#isStopping) return
      this.#start(place, door).then(
        () => {
          this.#restarts += 1
        },
        (error: unknown) => {
          if (this.#isStopping) return
          this.#parts.report(`worker-${place.number}`, error)
          this.#startAgain(place)
        },
      )
    }, pauseMs).unref()
  }

  #add(place: Place, counted: TrafficDelta): void {
    addTraffic(this.#parts.counts, counted)
    place.live.liveConnections += counted.numbers.liveConnections
    place.live.liveExchanges += counted.numbers.liveExchanges
    place.live.pendingRecords += counted.numbers.pendingRecords
  }

  /** What was going on in a thread that is gone goes on no longer. */
  #forgetLive(place: Place): void {
    const { counts } = this.#parts
    const { numbers } = takeTraffic(place.live)
    counts.liveConnections -= numbers.liveConnections
    counts.liveExchanges -= numbers.liveExchanges
    counts.pendingRecords -= numbers.pendingRecords
  }
}

/** Rejects when it takes longer. What has arrived by then counts, even if this thread was too busy to take note of it. */
async function withinMs<Value>(ms: number, promise: Promise<Value> | undefined): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new Error('too late'))), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
