import type { TLSSocket } from 'node:tls'
import { exchangeForms } from './exchange-form.ts'
import type { Amount, Job, Load, LoadResult } from './job.ts'
import { Lane } from './lane.ts'
import { Tally } from './tally.ts'

/** Opens connections one after the other, sends one request on each, and closes them. */
export class TunnelLoad implements Load {
  readonly #job: Extract<Job, { kind: 'tunnels' }>
  #session: Buffer | undefined

  constructor(job: Extract<Job, { kind: 'tunnels' }>) {
    this.#job = job
  }

  async prepare(): Promise<void> {
    const { errors, firstError } = await this.run({ count: 3 })
    if (errors > 0) throw new Error(firstError)
  }

  async run(amount: Amount): Promise<LoadResult> {
    const tally = new Tally(amount)
    while (tally.mayBegin()) {
      const startedAt = performance.now()
      try {
        await this.#once(tally)
        tally.complete((performance.now() - startedAt) * 1000, 0)
      } catch (error) {
        tally.fail(error)
        break
      }
    }
    return tally.result()
  }

  close(): void {
    this.#session = undefined
  }

  async #once(tally: Tally): Promise<void> {
    const { resume, route } = this.#job
    const keep = (session: Buffer): void => {
      this.#session = session
    }
    const watch = (socket: TLSSocket): void => {
      if (socket.isSessionReused()) tally.resume()
      // A ticket is used once (RFC 8446 C.4); without a new one the next handshake is a full one.
      this.#session = undefined
      if (resume) socket.on('session', keep)
    }
    const lane = await Lane.open(exchangeForms.small, route, this.#session, watch)
    try {
      await lane.exchange()
    } finally {
      lane.close()
    }
  }
}
