import { type Cap, type CapOwner, type CapUsage, type CoatcheckError, capText } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { type Amounts, fromLedger } from './amounts.ts'
import type { CapLedger } from './cap-ledger.ts'
import { resetOf } from './cap-reached.ts'
import type { CapStore } from './cap-store.ts'
import type { StandingCap } from './standing-cap.ts'

/** What a cap service is made of. */
export interface CapServiceParts {
  readonly clock: Pick<Clock, 'now'>
  readonly ledger: CapLedger
  readonly store: CapStore
  /** How people call an owner; undefined for one that is no more. */
  readonly nameOf: (on: CapOwner, owner: string) => string | undefined
}

/** Caps, in numbers. */
export interface CapCounts {
  readonly set: number
  readonly spent: number
  readonly open: number
}

/** How a cap stands, and what it would say of a request. */
export interface ExaminedCap {
  readonly usage: CapUsage
  /** Why it would not let it through; absent where it would. */
  readonly refusal?: CoatcheckError
}

/** Sets caps, and tells how they stand. */
export class CapService {
  readonly #parts: CapServiceParts

  constructor(parts: CapServiceParts) {
    this.#parts = parts
  }

  /** Puts all caps of one owner, named by its id, in the place of those before. @throws CoatcheckError `vault_locked` */
  set(project: string, on: CapOwner, owner: string, caps: readonly Cap[]): void {
    this.#parts.store.set({ project, on, owner }, caps)
  }

  /** Every cap of a project, with what was used of it; those of owners that are gone are left out. */
  async usage(project: string): Promise<readonly CapUsage[]> {
    const { ledger, nameOf, store } = this.#parts
    const standing = store.list(project).filter(({ on, owner }) => nameOf(on, owner) !== undefined)
    return this.#view(standing, await ledger.balances(standing))
  }

  /** How many caps there are, how many of them are used up, and how many circuits are open. */
  async counts(project: string): Promise<CapCounts> {
    const usage = await this.usage(project)
    const isSpent = ({ cap, reserved, used }: CapUsage): boolean => used + reserved >= cap.limit
    return {
      set: usage.length,
      spent: usage.filter(isSpent).length,
      open: usage.filter(({ openUntil }) => openUntil !== undefined).length,
    }
  }

  /** The same of one owner. */
  async usageOf(project: string, owner: string): Promise<readonly CapUsage[]> {
    return this.usageUnder(this.#parts.store.of(project, [owner]))
  }

  /** How these caps stand. @throws CoatcheckError `storage_unavailable` */
  async usageUnder(standing: readonly StandingCap[]): Promise<readonly CapUsage[]> {
    return this.#view(standing, await this.#parts.ledger.balances(standing))
  }

  /** What each of these caps would say of a request that uses so much, and how it stands. */
  async examine(standing: readonly StandingCap[], amounts: Amounts): Promise<readonly ExaminedCap[]> {
    const balances = await this.#parts.ledger.examine(standing, amounts)
    const views = this.#view(standing, balances)
    return balances.map(({ refusal }, index) => ({ usage: views[index]!, ...(refusal !== undefined && { refusal }) }))
  }

  #view(standing: readonly StandingCap[], balances: Awaited<ReturnType<CapLedger['balances']>>): readonly CapUsage[] {
    const { clock, nameOf } = this.#parts
    const nowMs = clock.now().getTime()
    return standing.map(({ on, owner, cap }, index) => {
      const counted = balances[index]!
      const { openUntilMs } = counted
      const resetMs = resetOf(cap, counted, nowMs)
      return {
        on,
        id: nameOf(on, owner) ?? owner,
        cap,
        text: capText(cap),
        used: fromLedger(cap.unit, counted.used),
        reserved: fromLedger(cap.unit, counted.reserved),
        reset: resetMs === null ? null : new Date(resetMs).toISOString(),
        ...(openUntilMs !== null && { openUntil: new Date(openUntilMs).toISOString() }),
      }
    })
  }
}
