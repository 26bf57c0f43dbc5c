import type { AuditLog } from '../audit/audit-log.ts'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { RateLimiter } from '../foundation/rate-limiter.ts'

/** Records of all peers together. */
const recordLimit = { burst: 50, perSecond: 1 }

/** Records failed authentications; beyond a rate they are counted, and the next record tells how many it stands for. */
export class FailedAuthentications {
  readonly #log: AuditLog
  readonly #limiter: RateLimiter
  readonly #project: string
  #uncounted = 0

  constructor(log: AuditLog, clock: Clock, project: string) {
    this.#log = log
    this.#limiter = new RateLimiter(clock, recordLimit)
    this.#project = project
  }

  /** Resolves as well when nothing can be recorded: the request is refused in any case. */
  async record(peer: string): Promise<void> {
    if (this.#limiter.take('all') !== undefined) {
      this.#uncounted++
      return
    }
    const count = 1 + this.#uncounted
    this.#uncounted = 0
    const event = { id: newIdentifier('evt'), kind: 'authentication.failed', code: 'token_invalid' } as const
    const facts = { project: this.#project, note: `peer: ${peer}`, ...(count > 1 && { count }) }
    await this.#log.append({ ...event, ...facts }).catch(() => undefined)
  }
}
