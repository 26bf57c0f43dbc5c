import type { GrantSetup } from '../connector.ts'
import { GrantProcess } from './grant-process.ts'
import type { FromProcess } from './messages.ts'

/** The process of one grant, with what it was set up for. */
export interface ServedGrant {
  readonly process: GrantProcess
  /** As it was sent. */
  readonly setup: string
  /** Sessions that it serves, by id. */
  readonly sessions: Set<string>
  idle: NodeJS.Timeout | undefined
}

/** What becomes of what the processes do. */
export interface GrantProcessesUses {
  heard(served: ServedGrant, message: FromProcess): void
  /** Sessions that were left when their process went. */
  gone(served: ServedGrant): void
  /** Ends the sessions of a grant whose process is set up for something else. */
  replaced(grantId: string): void
}

/** How long a process without a session is kept, in milliseconds. */
const idleMs = 60_000

/** The processes of all grants: one for each that is used. */
export class GrantProcesses {
  readonly #uses: GrantProcessesUses
  readonly #served = new Map<string, ServedGrant>()
  /** Those that are not gone yet, replaced ones too. */
  readonly #living = new Set<GrantProcess>()

  constructor(uses: GrantProcessesUses) {
    this.#uses = uses
  }

  /** The process of a grant; a new one where its scope has changed. */
  serve(grantId: string, setup: GrantSetup): ServedGrant {
    const text = JSON.stringify(setup)
    const known = this.#served.get(grantId)
    if (known?.setup === text) return known
    if (known !== undefined) this.#uses.replaced(grantId)
    const process = new GrantProcess({
      heard: (message) => this.#uses.heard(served, message),
      gone: () => this.#gone(grantId, served),
    })
    this.#living.add(process)
    const served: ServedGrant = { process, setup: text, sessions: new Set(), idle: undefined }
    process.send({ type: 'setup', setup })
    this.#served.set(grantId, served)
    return served
  }

  /** The process that serves a session. */
  of(sessionId: string): ServedGrant | undefined {
    return [...this.#served.values()].find(({ sessions }) => sessions.has(sessionId))
  }

  /** Lets go of a process without a session. SECURITY: nothing that had the secret of a grant stays when that is over. */
  retire(grantId: string, served: ServedGrant, isOver: boolean): void {
    const isReplaced = this.#served.get(grantId) !== served
    if (isReplaced || isOver) this.#kill(grantId, served)
    else served.idle = setTimeout(() => void served.process.kill(), idleMs).unref()
  }

  /** Ends every one, and waits until they are gone. */
  async close(): Promise<void> {
    for (const { idle } of this.#served.values()) clearTimeout(idle)
    await Promise.all([...this.#living].map((process) => process.kill()))
  }

  #kill(grantId: string, served: ServedGrant): void {
    // Who comes next gets another one.
    if (this.#served.get(grantId) === served) this.#served.delete(grantId)
    void served.process.kill()
  }

  #gone(grantId: string, served: ServedGrant): void {
    this.#living.delete(served.process)
    clearTimeout(served.idle)
    if (this.#served.get(grantId) === served) this.#served.delete(grantId)
    this.#uses.gone(served)
  }
}
