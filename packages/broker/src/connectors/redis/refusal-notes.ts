import type { ServedSession } from '../connector.ts'
import type { WalkEvents } from './request-walker.ts'

/** Refusals of one session that are told in a second; whoever sends more is not told of one by one. */
const maxPerSecond = 16

/** Tells of what was refused in one session. Nothing that an agent made up is in it. */
export class RefusalNotes implements WalkEvents {
  readonly called: WalkEvents['called']
  readonly #tell: ServedSession['refused']
  #second = 0
  #count = 0

  /** @param called told of every command that goes on */
  constructor(session: Pick<ServedSession, 'refused'>, called?: WalkEvents['called']) {
    this.#tell = session.refused
    this.called = called
  }

  refused(command: string | undefined): void {
    const name = command?.replace('|', ' ').toUpperCase()
    if (this.#isDue()) this.#tell('statement_refused', name === undefined ? 'an unknown command' : `command ${name}`)
  }

  loginRefused(): void {
    if (this.#isDue()) this.#tell('login_refused', 'another login')
  }

  #isDue(): boolean {
    const second = Math.floor(performance.now() / 1_000)
    if (second !== this.#second) this.#count = 0
    this.#second = second
    this.#count += 1
    return this.#count <= maxPerSecond
  }
}
