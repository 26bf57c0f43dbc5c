import { exchangeForms } from './exchange-form.ts'
import type { Amount, Job, Load, LoadResult } from './job.ts'
import { Lane } from './lane.ts'
import type { Route } from './route.ts'
import { Tally } from './tally.ts'

/** How many connections are being opened at a time. */
const atATime = 16
/** As many as one client opens, where a peer tells clients apart. */
const perClient = 800

/** Opens connections, sends one request on each, and leaves them open. */
export class IdleLoad implements Load {
  readonly #job: Extract<Job, { kind: 'idle' }>
  readonly #lanes: Lane[] = []
  #begun = 0

  constructor(job: Extract<Job, { kind: 'idle' }>) {
    this.#job = job
  }

  async prepare(): Promise<void> {
    const { errors, firstError } = await this.run({ count: 2 * atATime })
    if (errors > 0) throw new Error(firstError)
  }

  async run(amount: Amount): Promise<LoadResult> {
    const tally = new Tally(amount)
    await Promise.all(Array.from({ length: atATime }, () => this.#openSome(tally)))
    const closed = this.#lanes.filter(({ isOpen }) => !isOpen).length
    if (closed > 0) tally.fail(new Error(`${closed} connections did not stay open`))
    return tally.result()
  }

  close(): void {
    for (const lane of this.#lanes.splice(0)) lane.close()
  }

  #nextRoute(): Route {
    const { route } = this.#job
    const client = Math.floor(this.#begun / perClient)
    this.#begun += 1
    return client === 0 ? route : (route.others?.[client - 1] ?? route)
  }

  async #openSome(tally: Tally): Promise<void> {
    while (tally.mayBegin()) {
      const startedAt = performance.now()
      try {
        const lane = await Lane.open(exchangeForms.small, this.#nextRoute())
        this.#lanes.push(lane)
        await lane.exchange()
        tally.complete((performance.now() - startedAt) * 1000, 0)
      } catch (error) {
        tally.fail(error)
        return
      }
    }
  }
}
