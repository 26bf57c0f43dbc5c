import { exchangeForms } from './exchange-form.ts'
import type { Amount, Job, Load, LoadResult } from './job.ts'
import { Lane } from './lane.ts'
import { Tally } from './tally.ts'

/** A closed loop: each connection sends its next request when it has the answer to the one before. */
export class RequestLoad implements Load {
  readonly #job: Extract<Job, { kind: 'requests' }>
  #lanes: Lane[] = []

  constructor(job: Extract<Job, { kind: 'requests' }>) {
    this.#job = job
  }

  async prepare(): Promise<void> {
    const open = this.#lanes.filter(({ isOpen }) => isOpen)
    for (const lane of this.#lanes) if (!lane.isOpen) lane.close()
    const opened = await Promise.all(
      Array.from({ length: this.#job.connections - open.length }, () => this.#openLane()),
    )
    this.#lanes = [...open, ...opened]
    // The first request on a connection may open another one behind the peer.
    const { errors, firstError } = await this.run({ count: this.#job.connections })
    if (errors > 0) throw new Error(firstError)
  }

  async run(amount: Amount): Promise<LoadResult> {
    const tally = new Tally(amount)
    await Promise.all(this.#lanes.map((_, at) => this.#drive(at, tally)))
    return tally.result()
  }

  close(): void {
    for (const lane of this.#lanes) lane.close()
  }

  #openLane(): Promise<Lane> {
    return Lane.open(exchangeForms[this.#job.exchange], this.#job.route)
  }

  /** Resolves when nothing more is to be sent on a lane, or something was wrong on it. */
  #drive(at: number, tally: Tally): Promise<void> {
    return new Promise((resolve) => {
      const fail = (error: unknown): void => {
        tally.fail(error)
        resolve()
      }
      const ask = (lane: Lane): void => {
        const startedAt = performance.now()
        lane.send((error) => {
          if (error !== undefined) return fail(error)
          tally.complete((performance.now() - startedAt) * 1000, lane.exchangeBytes)
          next()
        })
      }
      const next = (): void => {
        const lane = this.#lanes[at]
        if (lane === undefined || !tally.mayBegin()) resolve()
        else if (lane.isOpen) ask(lane)
        // A peer may end a connection after a complete answer; the client then opens another.
        else this.#reopen(at).then(ask, fail)
      }
      next()
    })
  }

  async #reopen(at: number): Promise<Lane> {
    this.#lanes[at]?.close()
    const lane = await this.#openLane()
    this.#lanes[at] = lane
    return lane
  }
}
