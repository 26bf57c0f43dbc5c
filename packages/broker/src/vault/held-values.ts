import { IdleMap } from '../foundation/idle-map.ts'
import type { Revision } from '../foundation/revision.ts'
import type { SecretValue } from './secret-value.ts'

/** Plaintext that was given out at one revision of the authority rows. */
export interface HeldValue {
  readonly epoch: number
  readonly value: SecretValue
}

/** What is used all the time is asked for anew after this, in milliseconds: its last use is known no better than that. */
export const longestHeldMs = 60_000

/** Values that are held while they are used, by name; each is wiped when it is replaced, dropped, or not used any more. */
export class HeldValues<Held extends HeldValue> {
  readonly #revision: Revision
  readonly #entries = new IdleMap<Held>({ dropped: ({ value }) => value[Symbol.dispose]() })

  constructor(revision: Revision) {
    this.#revision = revision
  }

  /** Does not count as a use. */
  peek(name: string): Held | undefined {
    return this.#entries.peek(name)
  }

  use(name: string): Held | undefined {
    return this.#entries.use(name)
  }

  set(name: string, held: Held): void {
    this.#entries.set(name, held)
  }

  wipe(name: string): void {
    this.#entries.delete(name)
  }

  /** Wipes every value, or those that are not of the present revision. */
  drop(which: 'all' | 'outdated'): void {
    const present = which === 'all' ? undefined : this.#revision.current()
    this.#entries.deleteWhere(({ epoch }) => epoch !== present)
  }
}
