import { type Cap, CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { type Amounts, toLedger } from './amounts.ts'
import type { CapHold } from './cap-desk.ts'
import { capReached } from './cap-reached.ts'
import { coolDownMs, windowAt } from './cap-window.ts'
import { circuitKey, isBreaker, ledgerKey, type StandingCap } from './standing-cap.ts'
import type { Counted, UsageRows, UsageStore } from './usage-store.ts'

/** What one cap holds for one request. */
interface Part {
  readonly key: string
  readonly cap: Cap
  readonly slot: number
  readonly amount: number
}

/** What is asked of each cap; `part` is the most that a part of a connection has, in bytes. */
type Asked = Amounts & { readonly part?: number | undefined }

/** When caps are asked, and which of their circuits that opened. */
interface Asking {
  readonly nowMs: number
  readonly opened: OpenedCircuit[]
}

/** A circuit that has just opened. */
export interface OpenedCircuit {
  readonly standing: StandingCap
  /** When it closes, in milliseconds since 1970. */
  readonly untilMs: number
}

interface Waiting {
  readonly act: (rows: UsageRows) => unknown
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
}

/** What the ledger knows of a cap. */
export interface CapBalance extends Counted {
  readonly standing: StandingCap
  /** When its circuit closes, in milliseconds since 1970; null while it is closed. */
  readonly openUntilMs: number | null
}

/** What one cap would say of a request. */
export interface ExaminedBalance extends CapBalance {
  /** Why it would not let it through; absent where it would. */
  readonly refusal?: CoatcheckError
}

/** How long settlements may wait for a reservation to share a write with, in milliseconds. */
const settleMs = 50

/** The part of a cap on bytes that one request may carry, where the cap does not say. */
const bytesShare = 10

/**
 * Counts what requests use against their caps: first a reservation, which is on the disk before it is acknowledged, then what it
 * came to. SECURITY: what a process that died had reserved stays reserved. Callers that come together share one write.
 */
export class CapLedger {
  readonly #store: UsageStore
  readonly #clock: Pick<Clock, 'now'>
  readonly #opened: (circuit: OpenedCircuit) => void
  readonly #held = new Map<string, readonly Part[]>()
  #queue: Waiting[] = []
  #soon: NodeJS.Immediate | undefined
  #later: NodeJS.Timeout | undefined

  /** @param opened told of each circuit that opens, once, when that is on the disk */
  constructor(store: UsageStore, clock: Pick<Clock, 'now'>, opened: (circuit: OpenedCircuit) => void = () => {}) {
    this.#store = store
    this.#clock = clock
    this.#opened = opened
  }

  /** As `CapDesk.reserve` does, under caps that the caller knows to apply. */
  async reserve(caps: readonly StandingCap[], amounts: Amounts, part?: number): Promise<CapHold> {
    const asking: Asking = { nowMs: this.#clock.now().getTime(), opened: [] }
    const reserving = this.#enqueue((rows) => reserveIn(rows, caps, { ...amounts, part }, asking))
    const parts = await reserving.catch((error: unknown) => {
      if (error instanceof CoatcheckError && isVerdict(error)) for (const each of asking.opened) this.#opened(each)
      throw error
    })
    const id = newIdentifier('hld')
    this.#held.set(id, parts)
    const bytes = parts.filter(({ cap }) => cap.unit === 'bytes').map(({ amount }) => amount)
    return { id, keys: caps.map(ledgerKey), ...(bytes.length > 0 && { maxBytes: Math.min(...bytes) }) }
  }

  /** As `CapDesk.settle` does. A hold is settled once. */
  settle(holdId: string, actual: Amounts): void {
    const parts = this.#held.get(holdId)
    if (parts === undefined) return
    this.#held.delete(holdId)
    const settled = this.#add((rows) => {
      for (const { key, cap, slot, amount } of parts) rows.add(key, slot, actual[cap.unit] ?? amount, -amount)
    })
    // What cannot be written now stays reserved, as if this process had died.
    settled.catch(() => {})
    this.#later ??= setTimeout(() => this.flush(), settleMs).unref()
  }

  /** How caps stand. @throws CoatcheckError `storage_unavailable` */
  async balances(caps: readonly StandingCap[]): Promise<readonly CapBalance[]> {
    const nowMs = this.#clock.now().getTime()
    return this.#enqueue((rows) =>
      caps.map((standing) => ({
        standing,
        ...rows.sum(ledgerKey(standing), windowAt(standing.cap, nowMs).from),
        openUntilMs: rows.sum(circuitKey(standing), nowMs + 1).oldest,
      })),
    )
  }

  /** What each cap would say of a request, and how it stands. Holds nothing, and opens no circuit. @throws CoatcheckError `storage_unavailable` */
  async examine(caps: readonly StandingCap[], amounts: Amounts): Promise<readonly ExaminedBalance[]> {
    const nowMs = this.#clock.now().getTime()
    return this.#enqueue((rows) =>
      caps.map((standing) => {
        const counted = rows.sum(ledgerKey(standing), windowAt(standing.cap, nowMs).from)
        const openUntilMs = rows.sum(circuitKey(standing), nowMs + 1).oldest
        const isOpen = isBreaker(standing.cap) && openUntilMs !== null
        const found = isOpen
          ? { error: capReached(standing, counted, nowMs, { openUntilMs }) }
          : attempt(() => amountFor(standing, amounts, counted, nowMs))
        const refusal = 'error' in found ? { refusal: found.error as CoatcheckError } : {}
        return { standing, ...counted, openUntilMs, ...refusal }
      }),
    )
  }

  /** Writes what waits. */
  flush(): void {
    clearImmediate(this.#soon)
    clearTimeout(this.#later)
    this.#soon = undefined
    this.#later = undefined
    const batch = this.#queue
    this.#queue = []
    if (batch.length === 0) return
    try {
      const answers = this.#store.transact((rows) => batch.map(({ act }) => attempt(() => act(rows))))
      for (const [index, answer] of answers.entries()) {
        const { reject, resolve } = batch[index]!
        if ('error' in answer) reject(answer.error)
        else resolve(answer.result as never)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  #enqueue<Result>(act: (rows: UsageRows) => Result): Promise<Result> {
    const done = this.#add(act)
    this.#soon ??= setImmediate(() => this.flush())
    return done
  }

  #add<Result>(act: (rows: UsageRows) => Result): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#queue.push({ act, resolve, reject })
    })
  }
}

/** SECURITY: all caps are asked before any of them holds something, in the one transaction. @throws CoatcheckError `cap_reached` | `cap_unmeasured` */
function reserveIn(rows: UsageRows, caps: readonly StandingCap[], amounts: Asked, asking: Asking): readonly Part[] {
  const { nowMs } = asking
  const parts: Part[] = []
  const outdated: { readonly key: string; readonly from: number }[] = []
  for (const standing of caps) {
    const { cap } = standing
    const key = ledgerKey(standing)
    const { slot, from } = windowAt(cap, nowMs)
    const counted = rows.sum(key, from)
    const amount = isBreaker(cap)
      ? throughCircuit(rows, standing, counted, asking, () => amountFor(standing, amounts, counted, nowMs))
      : amountFor(standing, amounts, counted, nowMs)
    if (amount === 0 && cap.unit !== 'errors') continue
    parts.push({ key, cap, slot, amount })
    outdated.push({ key, from })
  }
  for (const { key, slot, amount } of parts) if (amount > 0) rows.add(key, slot, 0, amount)
  for (const { key, from } of outdated) rows.forget(key, from)
  return parts
}

/** Opens the circuit of a cap that has no room, and lets nothing through while it is open. @throws CoatcheckError `circuit_open` */
function throughCircuit(
  rows: UsageRows,
  standing: StandingCap,
  counted: Counted,
  { nowMs, opened }: Asking,
  amountOf: () => number,
): number {
  const key = circuitKey(standing)
  const { oldest } = rows.sum(key, nowMs + 1)
  if (oldest !== null) throw capReached(standing, counted, nowMs, { openUntilMs: oldest })
  try {
    return amountOf()
  } catch (error) {
    if (!(error instanceof CoatcheckError) || error.code !== 'cap_reached') throw error
    const openUntilMs = nowMs + coolDownMs(standing.cap)
    rows.forget(key, nowMs)
    rows.add(key, openUntilMs, 1, 0)
    opened.push({ standing, untilMs: openUntilMs })
    throw capReached(standing, counted, nowMs, { openUntilMs })
  }
}

function amountFor(standing: StandingCap, amounts: Asked, counted: Counted, nowMs: number): number {
  const { cap } = standing
  const left = toLedger(cap.unit, cap.limit) - counted.used - counted.reserved
  const told = amounts[cap.unit]
  if (cap.unit === 'bytes') {
    const most = cap.perRequest ?? Math.max(1, Math.floor(cap.limit / bytesShare))
    const amount = Math.min(most, left, amounts.part ?? most)
    if (amount < 1 || amount < (told ?? 0)) throw capReached(standing, counted, nowMs, { perRequest: most })
    return amount
  }
  if (cap.unit === 'errors') {
    if (left <= 0) throw capReached(standing, counted, nowMs)
    return 0
  }
  const amount = told ?? (cap.perRequest === undefined ? undefined : toLedger(cap.unit, cap.perRequest))
  if (amount === undefined) throw new CoatcheckError('cap_unmeasured', { counts: cap.unit, on: standing.on })
  if (amount > left) throw capReached(standing, counted, nowMs)
  return amount
}

function attempt(act: () => unknown): { readonly result: unknown } | { readonly error: unknown } {
  try {
    return { result: act() }
  } catch (error) {
    if (error instanceof CoatcheckError && isVerdict(error)) return { error }
    // Whatever else went wrong may have written half of it: nothing of the batch counts.
    throw error
  }
}

function isVerdict({ code }: CoatcheckError): boolean {
  return code === 'cap_reached' || code === 'circuit_open' || code === 'cap_unmeasured'
}
