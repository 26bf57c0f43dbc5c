import { exchangeForms, requestFields } from './exchange-form.ts'
import type { Amount, Job, Load, LoadResult } from './job.ts'
import { openConnection } from './open-connection.ts'
import { StreamConnection } from './stream-connection.ts'
import { Tally } from './tally.ts'

const form = exchangeForms.small

/** A closed loop over HTTP/2: on each connection so many streams at a time, each begun when the one before it was answered. */
export class StreamLoad implements Load {
  readonly #job: Extract<Job, { kind: 'streams' }>
  #connections: StreamConnection[] = []

  constructor(job: Extract<Job, { kind: 'streams' }>) {
    this.#job = job
  }

  async prepare(): Promise<void> {
    const { connections, streams } = this.#job
    const open = this.#connections.filter(({ isOpen }) => isOpen)
    const opened = await Promise.all(Array.from({ length: connections - open.length }, () => this.#open()))
    this.#connections = [...open, ...opened]
    const { errors, firstError } = await this.run({ count: connections * streams })
    if (errors > 0) throw new Error(firstError)
  }

  async run(amount: Amount): Promise<LoadResult> {
    const tally = new Tally(amount)
    const lanes = Array.from({ length: this.#job.streams })
    await Promise.all(this.#connections.flatMap((connection) => lanes.map(() => drive(connection, tally))))
    return tally.result()
  }

  close(): void {
    for (const connection of this.#connections.splice(0)) connection.close()
  }

  async #open(): Promise<StreamConnection> {
    const { route } = this.#job
    const target = route.targets[form.service]
    const socket = await openConnection(route, target, { protocol: 'h2' })
    return new StreamConnection(socket, form, requestFields(form, target, route))
  }
}

/** Resolves when nothing more is to be begun, or something was wrong. */
function drive(connection: StreamConnection, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const next = (): void => {
      if (!tally.mayBegin()) return void resolve()
      const startedAt = performance.now()
      connection.ask((error) => {
        if (error === undefined) {
          tally.complete((performance.now() - startedAt) * 1000, form.download)
          next()
        } else {
          tally.fail(error)
          resolve()
        }
      })
    }
    next()
  })
}
