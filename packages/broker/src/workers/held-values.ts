import type { Revision } from '../foundation/revision.ts'
import type { SecretValue } from '../vault/secret-value.ts'

/** Plaintext that was given out at one revision of the authority rows. */
export interface HeldValue {
  readonly epoch: number
  readonly value: SecretValue
}

/** SECURITY: no value is held for longer than this without being used, in milliseconds. */
const idleMs = 60_000
/** How often it is looked at. */
const lookEveryMs = idleMs / 4

/** Values that a thread holds while it uses them, by name; each is wiped when it is replaced, dropped, or not used any more. */
export class HeldValues<Held extends HeldValue> {
  readonly #revision: Revision
  readonly #entries = new Map<string, { readonly held: Held; usedAtMs: number }>()
  #timer: NodeJS.Timeout | undefined

  constructor(revision: Revision) {
    this.#revision = revision
  }

  /** Does not count as a use. */
  peek(name: string): Held | undefined {
    return this.#entries.get(name)?.held
  }

  use(name: string): Held | undefined {
    const entry = this.#entries.get(name)
    if (entry !== undefined) entry.usedAtMs = performance.now()
    return entry?.held
  }

  set(name: string, held: Held): void {
    this.wipe(name)
    this.#entries.set(name, { held, usedAtMs: performance.now() })
    this.#timer ??= setInterval(() => this.#dropIdle(), lookEveryMs).unref()
  }

  wipe(name: string): void {
    this.#entries.get(name)?.held.value[Symbol.dispose]()
    this.#entries.delete(name)
  }

  /** Wipes every value, or those that are not of the present revision. */
  drop(which: 'all' | 'outdated'): void {
    const epoch = this.#revision.current()
    for (const [name, { held }] of this.#entries) if (which === 'all' || held.epoch !== epoch) this.wipe(name)
  }

  #dropIdle(): void {
    // What would be too old at the next look goes at this one.
    const oldestMs = performance.now() - (idleMs - lookEveryMs)
    for (const [name, { usedAtMs }] of this.#entries) if (usedAtMs < oldestMs) this.wipe(name)
    if (this.#entries.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
