import { CoatcheckError, type ProblemCode, type SafeFacts } from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'

/** Names of messages, with what each asks and is answered with. */
type Kinds<Names> = Readonly<Record<keyof Names, { readonly ask: unknown; readonly answer: unknown }>>

/** Who answers each kind of message. */
export type Answers<Names extends Kinds<Names>> = {
  readonly [Name in keyof Names]: (ask: Names[Name]['ask']) => Names[Name]['answer'] | Promise<Names[Name]['answer']>
}

/** One end of a channel between two threads. */
export interface PostPort {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  on(event: 'message', heard: (message: Message) => void): unknown
}

/** What goes over the channel. */
type Message =
  | { readonly asks: string; readonly id: number; readonly body: unknown }
  | { readonly answers: number; readonly body: unknown }
  | { readonly answers: number; readonly problem: { readonly code: ProblemCode; readonly facts: SafeFacts } }

interface Open {
  resolve(body: unknown): void
  reject(error: unknown): void
}

/** Questions that may wait for their answers at one time. */
const maxOpen = 16_384

/** Asks the thread on the other side, and answers what it asks. Messages arrive in the order in which they were sent. */
export class Post<Asked extends Kinds<Asked>, Answered extends Kinds<Answered>> {
  readonly #port: PostPort
  readonly #answers: Answers<Answered>
  readonly #report: (instance: string, error: unknown) => void
  readonly #open = new Map<number, Open>()
  #count = 0
  #isClosed = false

  /** @param report told of what a question ran into unexpectedly */
  constructor(port: PostPort, answers: Answers<Answered>, report: (instance: string, error: unknown) => void) {
    this.#port = port
    this.#answers = answers
    this.#report = report
    port.on('message', (message) => void this.#receive(message))
  }

  /** @throws CoatcheckError what the other thread threw; `internal` when it is gone or has too much to do */
  ask<Name extends keyof Asked & string>(name: Name, body: Asked[Name]['ask']): Promise<Asked[Name]['answer']> {
    return new Promise((resolve, reject) => {
      // SECURITY: nobody can make one thread keep more than this for the other.
      if (this.#isClosed || this.#open.size >= maxOpen) throw new CoatcheckError('internal')
      const id = ++this.#count
      this.#open.set(id, { resolve: resolve as Open['resolve'], reject })
      this.#port.postMessage({ asks: name, id, body } satisfies Message, [])
    })
  }

  /** The other thread is gone: what waits for it is refused. */
  close(): void {
    this.#isClosed = true
    for (const { reject } of this.#open.values()) reject(new CoatcheckError('internal'))
    this.#open.clear()
  }

  async #receive(message: Message): Promise<void> {
    if ('asks' in message) return this.#answer(message.asks as keyof Answered, message.id, message.body)
    const open = this.#open.get(message.answers)
    this.#open.delete(message.answers)
    if ('problem' in message) open?.reject(new CoatcheckError(message.problem.code, message.problem.facts))
    else open?.resolve(message.body)
  }

  async #answer(name: keyof Answered, id: number, ask: unknown): Promise<void> {
    try {
      const body = await this.#answers[name](ask as Answered[keyof Answered]['ask'])
      this.#port.postMessage({ answers: id, body } satisfies Message, transferredFrom(body))
    } catch (error) {
      const { code, facts } = this.#problemOf(error)
      this.#port.postMessage({ answers: id, problem: { code, facts } } satisfies Message, [])
    }
  }

  #problemOf(error: unknown): CoatcheckError {
    if (error instanceof CoatcheckError) return error
    this.#report(newIdentifier('evt'), error)
    return new CoatcheckError('internal')
  }
}

/** SECURITY: the bytes of a value are handed over, so that this thread has no copy of them left to wipe. */
function transferredFrom(body: unknown): ArrayBuffer[] {
  const value = typeof body === 'object' && body !== null && 'value' in body ? body.value : undefined
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : []
}
