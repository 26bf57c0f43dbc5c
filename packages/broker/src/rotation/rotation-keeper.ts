import { type AuditKind, CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { Revision } from '../foundation/revision.ts'
import { rotationDue } from '../vault/rotation-due.ts'
import type { Secret } from '../vault/secret.ts'
import type { TrialVerdict } from '../vault/staged-rotation.ts'
import type { RevealedSecret, RotatingVault, SettledRotation } from '../vault/vault.ts'

/** What rotations are looked after with. */
export interface RotationParts {
  readonly audit: AuditLog
  readonly clock: Clock
  /** Names of all that there are. */
  projects(): readonly string[]
  readonly revision: Revision
  readonly vault: RotatingVault
  /** Hears of unexpected errors. */
  readonly report: (instance: string, error: unknown) => void
}

/** How often the clock is looked at, in milliseconds. */
const lookEveryMs = 1_000
/** After so long a change is looked at, whatever was known to be due, in milliseconds of the wall clock. */
const changesEveryMs = 30_000
/** Secrets that are looked at together. */
const pageSize = 200

/** Says who is whose secret. */
interface Holder {
  readonly secretId: string
}

/**
 * Looks after rotations: ends staged ones when a service accepted the new value or their time is up, and reminds of those that are
 * due. All that it knows lies in the rows, so several brokers of one home, and later ones, go on where another stopped.
 */
export class RotationKeeper {
  readonly #parts: RotationParts
  #timer: NodeJS.Timeout | undefined
  /** The revision that was looked at last, when that was, and when something is next due under it, in milliseconds since 1970. */
  #seen: number | undefined
  #seenMs = 0
  #nextMs = 0
  #looking: Promise<void> | undefined

  constructor(parts: RotationParts) {
    this.#parts = parts
  }

  /** Looks at once, and from then on when something is due, or a while after rows changed. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref()
    await this.look()
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  /** The value that is kept beside the new one of a grant's secret. @throws CoatcheckError `secret_changed` | `vault_locked` */
  previousOf({ secretId }: Holder): RevealedSecret {
    return this.#parts.vault.revealPrevious(secretId)
  }

  /** Takes note of what a service made of a value that is on trial. @throws CoatcheckError `audit_unavailable` */
  async judged({ secretId }: Holder, version: number, verdict: TrialVerdict): Promise<void> {
    let settled: SettledRotation | undefined
    try {
      settled = this.#parts.vault.judge(secretId, version, verdict)
    } catch (error) {
      // The exchange that told of it is not worse for it: both values stay until the next one, or the end of the time.
      if (!(error instanceof CoatcheckError)) throw error
    }
    if (settled !== undefined) await this.#recordEnd(settled)
  }

  /** Ends what is over and reminds of what is due. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        // A vault or a journal that cannot be used now is looked at again.
        this.#seen = undefined
        if (!(error instanceof CoatcheckError)) this.#parts.report(newIdentifier('evt'), error)
      })
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  async #look(): Promise<void> {
    const { clock, projects, revision, vault } = this.#parts
    if (vault.state === 'locked') return
    const now = clock.now()
    const nowMs = now.getTime()
    const current = revision.current()
    const isNews = current !== this.#seen && (this.#seen === undefined || nowMs - this.#seenMs >= changesEveryMs)
    if (!isNews && nowMs < this.#nextMs) return
    let nextMs = Number.POSITIVE_INFINITY
    for (const project of projects()) nextMs = Math.min(nextMs, await this.#lookThrough(project, now))
    this.#seen = current
    this.#seenMs = nowMs
    this.#nextMs = nextMs
  }

  async #lookThrough(project: string, now: Date): Promise<number> {
    let nextMs = Number.POSITIVE_INFINITY
    for (let cursor: string | null = null; ; ) {
      const page: readonly Secret[] = this.#parts.vault.list(project, pageSize, cursor)
      for (const secret of page) nextMs = Math.min(nextMs, await this.#lookAt(secret, now))
      if (page.length < pageSize) return nextMs
      cursor = page.at(-1)!.name
    }
  }

  /** @returns when there is something to do about it next, in milliseconds since 1970 */
  async #lookAt(secret: Secret, now: Date): Promise<number> {
    const { vault } = this.#parts
    const dueAt = secret.reminded === true ? null : rotationDue(secret)
    const dueMs = dueAt === null ? Number.POSITIVE_INFINITY : Date.parse(dueAt)
    const endMs = secret.staged === undefined ? Number.POSITIVE_INFINITY : Date.parse(secret.staged.until)
    if (endMs <= now.getTime()) {
      const settled = vault.settle(secret.id)
      if (settled !== undefined) await this.#recordEnd(settled)
    }
    if (dueMs <= now.getTime() && vault.markReminded(secret.id)) {
      await this.#record('alarm.raised', secret, `since ${dueAt}`, 'rotation_due')
    }
    return Math.min(dueMs, endMs)
  }

  async #recordEnd({ secret, end }: SettledRotation): Promise<void> {
    await this.#record('secret.rotation-ended', secret, notes[end])
    if (end === 'put-back') await this.#record('alarm.raised', secret, notes[end], 'rotation_put_back')
  }

  #record(
    kind: Extract<AuditKind, 'secret.rotation-ended' | 'alarm.raised'>,
    { name, project, version }: Secret,
    note: string,
    code?: ProblemCode,
  ): Promise<void> {
    const id = newIdentifier('evt')
    const secrets = [`${name}@${version}`]
    return this.#parts.audit.append({ id, kind, project, subject: name, secrets, note, ...(code && { code }) })
  }
}

const notes = {
  accepted: 'a service accepted the new value',
  'time-up': 'its time was up: the new value stays',
  'put-back': 'its time was up: services declined the new value, and the one before was put back',
} as const satisfies Record<SettledRotation['end'], string>
