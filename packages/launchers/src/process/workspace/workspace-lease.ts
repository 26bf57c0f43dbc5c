import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { CoatcheckError } from '@coatcheck/contract'

const attempts = 500
const pauseMs = 10

/**
 * Says that this process uses a workspace, to every other process of the host that prepares the same one. Several may
 * hold a lease at once. A lease is a name of the kernel (an abstract socket), so it ends with the process, however it dies.
 */
export class WorkspaceLease {
  readonly #key: string
  readonly #name: Server

  private constructor(key: string, name: Server) {
    this.#key = key
    this.#name = name
  }

  /** @throws CoatcheckError `launch_impossible` when another process holds the workspace busy for seconds */
  static async take(key: string): Promise<WorkspaceLease> {
    const turn = await takeTurn(key)
    try {
      return new WorkspaceLease(key, await bind(`${prefix(key)}use-${randomBytes(8).toString('hex')}`))
    } finally {
      await unbind(turn)
    }
  }

  /**
   * Does something to the workspace while nobody else does the same, nor takes or ends a lease.
   * @throws CoatcheckError `launch_impossible` when another process holds the workspace busy for seconds; and what `act` throws
   */
  async alone<Result>(act: () => Result): Promise<Result> {
    const turn = await takeTurn(this.#key)
    try {
      return act()
    } finally {
      await unbind(turn)
    }
  }

  /**
   * Ends the lease; the last one to end it runs `last` before anyone else can take a new one. SECURITY: removing a file
   * on which another sandbox has a mount would undo that mount.
   */
  async end(last: () => void): Promise<void> {
    const turn = await takeTurn(this.#key)
    try {
      await unbind(this.#name)
      if (!isUsed(this.#key)) last()
    } finally {
      await unbind(turn)
    }
  }
}

/** Waits until no other process has its turn with this workspace. */
async function takeTurn(key: string): Promise<Server> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      return await bind(`${prefix(key)}turn`)
    } catch {
      await delay(pauseMs)
    }
  }
  throw new CoatcheckError('launch_impossible', { reason: 'another process is preparing the same workspace' })
}

function prefix(key: string): string {
  return `coatcheck-workspace-${key}-`
}

function isUsed(key: string): boolean {
  return readFileSync('/proc/net/unix', 'latin1').includes(`@${prefix(key)}use-`)
}

function bind(name: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy())
    server.once('error', reject)
    server.listen(`\0${name}`, () => {
      server.unref()
      resolve(server)
    })
  })
}

function unbind(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
