import { setTimeout as sleep } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { MessageReader } from '../wire/message-reader.ts'
import { monotonicMicros } from '../wire/monotonic.ts'
import { requestHead } from './exchange-form.ts'
import type { Amount, Job, Load, LoadResult } from './job.ts'
import { openConnection } from './open-connection.ts'
import { Tally } from './tally.ts'

const request = { method: 'GET', path: '/events', upload: 0 } as const

/** Listens to event streams, and takes the time from the origin’s stamp in an event to its arrival. */
export class EventLoad implements Load {
  readonly #job: Extract<Job, { kind: 'events' }>
  #streams: TLSSocket[] = []
  #tally = new Tally({})

  constructor(job: Extract<Job, { kind: 'events' }>) {
    this.#job = job
  }

  async prepare(): Promise<void> {
    this.close()
    await Promise.all(Array.from({ length: this.#job.streams }, () => this.#open()))
  }

  async run({ durationMs = 0 }: Amount): Promise<LoadResult> {
    const tally = new Tally({})
    this.#tally = tally
    await sleep(durationMs)
    this.#tally = new Tally({})
    const open = this.#streams.filter(({ destroyed }) => !destroyed).length
    if (open < this.#job.streams) tally.fail(new Error(`${this.#job.streams - open} streams ended`))
    return tally.result()
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy()
    this.#streams = []
  }

  /** Resolves when the first event has come. */
  async #open(): Promise<void> {
    const { route } = this.#job
    const target = route.targets.stream
    const socket = await openConnection(route, target)
    this.#streams.push(socket)
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(error)
        this.#tally.fail(error)
        socket.destroy()
      }
      const events = new EventReader((sentAt) => {
        resolve()
        this.#tally.complete(monotonicMicros() - sentAt, 0)
      })
      const reader = new MessageReader({
        head: (head) => {
          if (!head.startsWith('HTTP/1.1 200')) fail(new Error(`a stream began with ${head.slice(0, 200)}`))
        },
        body: (piece) => events.push(piece),
        end: () => fail(new Error('a stream ended')),
      })
      socket.on('data', (bytes: Buffer) => {
        try {
          reader.push(bytes)
        } catch (error) {
          fail(error as Error)
        }
      })
      socket.on('error', fail)
      socket.on('close', () => reject(new Error('a stream was closed')))
      socket.write(requestHead(request, target, route))
    })
  }
}

/** Finds the stamps in a stream of events. */
class EventReader {
  readonly #onEvent: (sentAt: number) => void
  #text = ''

  constructor(onEvent: (sentAt: number) => void) {
    this.#onEvent = onEvent
  }

  /** @throws Error for an event that is none of the origin’s */
  push(piece: Buffer): void {
    const events = (this.#text + piece.toString('latin1')).split('\n\n')
    this.#text = events.pop() ?? ''
    for (const event of events) {
      const [, sentAt] = /^data: \{"sentAt":(\d+),"text":"[a-z ]*"\}$/.exec(event) ?? []
      if (sentAt === undefined) throw new Error(`an event is wrong: ${event.slice(0, 100)}`)
      this.#onEvent(Number(sentAt))
    }
  }
}
