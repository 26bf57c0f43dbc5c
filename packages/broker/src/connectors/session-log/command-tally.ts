import type { ServedSession } from '../connector.ts'

/** How long commands are counted before they are told of, in milliseconds. */
const spanMs = 10_000
/** Names of one span; further ones are counted together. */
const maxNames = 64

/** Counts the commands of one session by their names, and tells of them now and then. */
export class CommandTally {
  readonly #session: Pick<ServedSession, 'said'>
  readonly #counts = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(session: Pick<ServedSession, 'said'>) {
    this.#session = session
  }

  add(name: string): void {
    const known = this.#counts.get(name)
    if (known === undefined && this.#counts.size >= maxNames) this.#count('others')
    else this.#counts.set(name, (known ?? 0) + 1)
    this.#timer ??= setTimeout(() => this.close(), spanMs).unref()
  }

  /** Tells of what was counted and not told. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#counts.size === 0) return
    const told = [...this.#counts].map(([name, count]) => `${name} ${count}`)
    this.#counts.clear()
    this.#session.said(`commands: ${told.join(', ')}`)
  }

  #count(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }
}
