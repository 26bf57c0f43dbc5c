import type { Duplex } from 'node:stream'
import type { Ending } from '../ending.ts'
import type { Outcome } from '../exchange.ts'
import type { Refusal } from '../refusal.ts'
import { replacedIn } from '../replaced-in.ts'
import type { FrameGuard } from './frame-guard.ts'
import type { FrameScrub } from './frame-scrub.ts'
import { FrameTracker } from './frame-tracker.ts'
import { closeCodes, writeClose } from './write-frame.ts'

/** Two connections that speak WebSocket with each other from now on. */
export interface SpliceParts {
  readonly client: Duplex
  readonly service: Duplex
  readonly guard: FrameGuard
  /** Cleans what the service says; present where a secret is attached. */
  readonly replies: FrameScrub | undefined
  readonly ending: Ending
  settle(outcome: Outcome): Promise<void>
}

type Side = 'client' | 'service'

/** How long a side may take to hear why it ends. SECURITY: what was revoked is over within a second (N2). */
const farewellMs = 800
/** How long one side may take to read what the other one said before it ended. */
const flushMs = 30_000
/** How long nothing may move in either direction; clients and services that mean to stay send pings. */
const silentMs = 3_600_000

/** Carries WebSocket frames between a client and a service, neither faster than the other side takes them. */
export class Splice {
  readonly #parts: SpliceParts
  readonly #tracker = new FrameTracker()
  readonly #done = Promise.withResolvers<void>()
  readonly #abort = (): void => this.#fail(this.#parts.ending.reason)
  #firstClose: { readonly side: Side; readonly code: number } | undefined
  #isBetweenFrames = true
  #isGuarding = false
  /** Something that the service said is being looked at. */
  #replying: Promise<void> | undefined
  #isOver = false
  #bytesSent = 0
  #bytesReceived = 0
  #movedBefore = -1

  constructor(parts: SpliceParts) {
    this.#parts = parts
  }

  /**
   * Resolves when either side has ended the connection and that is recorded. Rejects with the reason of its ending.
   * @throws CoatcheckError `request_malformed`
   * @throws RefusedError for a placeholder in an undeclared place
   */
  run(): Promise<void> {
    const { client, ending, service } = this.#parts
    ending.onEnd(this.#abort)
    this.#listen('client', client)
    this.#listen('service', service)
    client.on('data', (chunk: Buffer) => this.#fromClient(chunk)).on('drain', () => this.#replyOn())
    service.on('data', (chunk: Buffer) => this.#fromService(chunk)).on('drain', () => this.#readOn())
    const timer = setInterval(() => this.#endSilent(), silentMs).unref()
    client.once('close', () => clearInterval(timer))
    if (!this.#isOver && client.destroyed) this.#ended('client')
    client.resume()
    service.resume()
    return this.#done.promise
  }

  /** What was carried. */
  progress(): Outcome {
    const bytes = { bytesSent: this.#bytesSent, bytesReceived: this.#bytesReceived }
    return { status: 101, upstreamStatus: 101, ...bytes, ...replacedIn(this.#parts.replies) }
  }

  /** Tells both sides why it is over, where a frame can stand, and ends it. */
  farewell({ code }: Refusal): void {
    const { client, service } = this.#parts
    const closeCode = closeCodeFor(code)
    leave(client, this.#tracker.isBetweenFrames ? writeClose(closeCode, code, 'client') : undefined)
    leave(service, this.#isBetweenFrames ? writeClose(closeCode, code, 'service') : undefined)
  }

  #listen(side: Side, stream: Duplex): void {
    const ended = (): void => this.#ended(side)
    stream.on('error', ended).on('end', ended).on('close', ended)
  }

  #fromClient(chunk: Buffer): void {
    if (this.#isOver) return
    try {
      const passed = this.#parts.guard.push(chunk)
      if (passed instanceof Promise) this.#await(passed)
      else this.#forward(passed)
    } catch (error) {
      this.#fail(error)
    }
  }

  #await(passed: Promise<Buffer>): void {
    this.#isGuarding = true
    this.#parts.client.pause()
    passed.then(
      (bytes) => {
        this.#isGuarding = false
        this.#forward(bytes)
        if (!this.#parts.service.writableNeedDrain) this.#readOn()
      },
      (error: unknown) => this.#fail(error),
    )
  }

  #forward(bytes: Buffer): void {
    if (this.#isOver) return
    const { client, guard, service } = this.#parts
    this.#isBetweenFrames = guard.isBetweenFrames
    if (guard.closeCode !== undefined) this.#firstClose ??= { side: 'client', code: guard.closeCode }
    if (bytes.length === 0) return
    this.#bytesSent += bytes.length
    if (!service.write(bytes)) client.pause()
  }

  #replyOn(): void {
    if (this.#replying === undefined) this.#parts.service.resume()
  }

  #readOn(): void {
    if (!this.#isGuarding) this.#parts.client.resume()
  }

  #fromService(chunk: Buffer): void {
    if (this.#isOver) return
    const { replies } = this.#parts
    this.#bytesReceived += chunk.length
    if (replies === undefined) return void this.#reply(chunk)
    try {
      const clean = replies.push(chunk)
      if (clean instanceof Promise) this.#awaitReply(clean)
      else this.#reply(clean)
    } catch (error) {
      this.#fail(error)
    }
  }

  #awaitReply(clean: Promise<Buffer>): void {
    const { client, service } = this.#parts
    service.pause()
    this.#replying = clean.then(
      (bytes) => {
        this.#replying = undefined
        this.#reply(bytes)
        if (!client.writableNeedDrain) service.resume()
      },
      (error: unknown) => this.#fail(error),
    )
  }

  #reply(bytes: Buffer): void {
    if (this.#isOver || bytes.length === 0) return
    const { client, service } = this.#parts
    this.#tracker.write(bytes)
    const { closeCode } = this.#tracker
    if (closeCode !== undefined) this.#firstClose ??= { side: 'service', code: closeCode }
    if (!client.write(bytes)) service.pause()
  }

  /** An end without an intermediate state: neither side of a WebSocket has anything to say to one that has gone. */
  #ended(side: Side): void {
    if (this.#isOver) return
    // What it said before it went is said on first.
    if (side === 'service' && this.#replying !== undefined) return void this.#replying.then(() => this.#ended(side))
    this.#stop()
    const { client, service, settle } = this.#parts
    const [by, how] =
      this.#firstClose === undefined
        ? [side, 'broken off']
        : [this.#firstClose.side, `closed: ${this.#firstClose.code}`]
    const note = `websocket: ${how} by the ${by}`
    settle({ ...this.progress(), note }).then(
      () => {
        for (const stream of [client, service]) flush(stream)
        this.#done.resolve()
      },
      (error: unknown) => this.#done.reject(error),
    )
  }

  #endSilent(): void {
    const moved = this.#bytesSent + this.#bytesReceived
    if (moved === this.#movedBefore) this.#ended('client')
    this.#movedBefore = moved
  }

  /** SECURITY: nothing is passed on any more, whoever is waiting for whom. */
  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#stop()
    this.#done.reject(error)
  }

  #stop(): void {
    this.#isOver = true
    this.#parts.ending.offEnd(this.#abort)
    this.#parts.guard.close()
    this.#parts.replies?.close()
  }
}

function closeCodeFor(code: Refusal['code']): number {
  if (code === 'request_malformed') return closeCodes.protocolError
  return code === 'internal' || code === 'audit_unavailable' ? closeCodes.internalError : closeCodes.policyViolation
}

/** Ends a connection behind what was written on it. */
function flush(stream: Duplex): void {
  endWithin(stream, undefined, flushMs)
}

function leave(stream: Duplex, last: Buffer | undefined): void {
  endWithin(stream, last, farewellMs)
}

function endWithin(stream: Duplex, last: Buffer | undefined, ms: number): void {
  if (stream.destroyed) return
  const timer = setTimeout(() => stream.destroy(), ms)
  stream.once('close', () => clearTimeout(timer))
  // What still comes is dropped: closing a connection on which bytes arrive would take back what was said last.
  stream.resume()
  if (last !== undefined && stream.writable) stream.write(last)
  stream.end()
}
