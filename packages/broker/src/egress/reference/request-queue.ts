import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** Requests of one connection that may wait for their turn before no more is read of it; clients that send ahead send a handful. */
const maxWaiting = 64

/** Requests that may wait all the same: those that were read together with the last of the others. */
const maxReadTogether = 4_096

/**
 * The requests of one connection, one after the other in the order in which they came (RFC 9112 §9.3.2): the next begins
 * when the answer to the one before is out, and none does once the connection is to be closed.
 */
export class RequestQueue {
  #last: Promise<void> = Promise.resolve()
  #running: ServerResponse | undefined
  #waiting = 0

  /** An answer is still owed. */
  get isBusy(): boolean {
    return this.#running !== undefined || this.#waiting > 0
  }

  /** Carries a request when it is its turn. */
  add(response: ServerResponse, carry: () => void): void {
    const { socket } = response.req
    // SECURITY: what one client can make the broker keep has an end.
    if (this.#waiting >= maxReadTogether) return void socket.destroy()
    if (!this.isBusy) {
      this.#last = this.#run(response, carry)
      return
    }
    this.#waiting += 1
    if (this.#waiting === maxWaiting) socket.pause()
    this.#last = this.#last.then(() => {
      this.#waiting -= 1
      if (this.#waiting === maxWaiting - 1) socket.resume()
      return isOpen(socket) ? this.#run(response, carry) : undefined
    })
  }

  /** Says something about what comes behind the last request, after its answer. */
  addLast(socket: Duplex, say: () => void): void {
    const running = this.#running
    // The bytes belong to the body of a request that is being carried: it waits for them, and nobody for it.
    const isBody = running !== undefined && this.#waiting === 0 && !running.req.complete
    if (isBody && running.headersSent) socket.destroy()
    else if (isBody) say()
    else this.#last = this.#last.then(() => (isOpen(socket) ? say() : undefined))
  }

  async #run(response: ServerResponse, carry: () => void): Promise<void> {
    this.#running = response
    carry()
    await closed(response)
    this.#running = undefined
  }
}

function isOpen(socket: Duplex): boolean {
  return !socket.destroyed && !socket.writableEnded
}

/** Resolves when a response is out, or never will be. */
function closed(response: ServerResponse): Promise<void> {
  if (response.closed || response.destroyed || response.req.socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => response.once('close', resolve))
}
