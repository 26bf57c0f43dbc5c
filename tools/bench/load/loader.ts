import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from '../measure/pinned.ts'
import type { Amount, Job, LoadResult } from './job.ts'
import type { LoaderOrder, LoaderReply } from './loader-message.ts'

type Unnumbered<Order> = Order extends unknown ? Omit<Order, 'id'> : never

/** The process that plays the clients. */
export class Loader implements Disposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (reply: LoaderReply) => void>()
  #orders = 0

  /** @param core processor to which it is held */
  constructor(core: number | undefined) {
    const script = fileURLToPath(import.meta.resolve('./loader.child.ts'))
    this.#child = fork(script, [], { ...pinnedNode(core), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child.on('message', (reply: LoaderReply) => this.#settle(reply))
    this.#child.on('exit', (code, signal) => this.#failAll(`the loader ended with ${code ?? signal}`))
    this.#child.on('error', ({ message }) => this.#failAll(message))
  }

  /** Of its process. */
  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Opens what a load needs, or what it has lost since. */
  async prepare(key: string, job: Job): Promise<void> {
    await this.#send({ key, order: 'prepare', job })
  }

  async run(key: string, amount: Amount): Promise<LoadResult> {
    const result = await this.#send({ key, order: 'run', amount })
    if (result === undefined) throw new Error('the loader has no result')
    return result
  }

  async close(key: string): Promise<void> {
    await this.#send({ key, order: 'close' })
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }

  #send(order: Unnumbered<LoaderOrder>): Promise<LoadResult | undefined> {
    this.#orders += 1
    const id = this.#orders
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (reply) => {
        if ('failed' in reply) reject(new Error(reply.failed))
        else resolve(reply.result)
      })
      this.#child.send({ ...order, id }, (error) => {
        if (error !== null) this.#settle({ id, failed: error.message })
      })
    })
  }

  #settle(reply: LoaderReply): void {
    this.#waiting.get(reply.id)?.(reply)
    this.#waiting.delete(reply.id)
  }

  #failAll(failed: string): void {
    for (const id of [...this.#waiting.keys()]) this.#settle({ id, failed })
  }
}
