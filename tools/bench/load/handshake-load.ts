import type { Amount, Job, Load, LoadResult } from './job.ts'
import { openConnection } from './open-connection.ts'
import { Tally } from './tally.ts'

/** Opens connections one after the other and closes them without a request, for one name or for a new one each. */
export class HandshakeLoad implements Load {
  readonly #job: Extract<Job, { kind: 'handshakes' }>
  #names = 0

  constructor(job: Extract<Job, { kind: 'handshakes' }>) {
    this.#job = job
  }

  async prepare(): Promise<void> {
    await this.#once()
  }

  async run(amount: Amount): Promise<LoadResult> {
    const tally = new Tally(amount)
    while (tally.mayBegin()) {
      const startedAt = performance.now()
      try {
        await this.#once()
        tally.complete((performance.now() - startedAt) * 1000, 0)
      } catch (error) {
        tally.fail(error)
        break
      }
    }
    return tally.result()
  }

  close(): void {}

  async #once(): Promise<void> {
    const { names, route } = this.#job
    const { port } = route.targets.many
    const host = this.#nextName(names, route.targets.many.host)
    const socket = await openConnection(route, { host, port, hostField: host, authority: `${host}:443` })
    socket.destroy()
  }

  #nextName(names: 'new' | 'same', suffix: string): string {
    if (names === 'new') this.#names += 1
    return `${names}-${process.pid}-${this.#names}.${suffix}`
  }
}
