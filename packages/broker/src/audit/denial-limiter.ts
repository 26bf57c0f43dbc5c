import { CoatcheckError, type SafeFacts } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import type { AuditEntry, AuditLog } from './audit-log.ts'
import { DenialWindow } from './denial-window.ts'
import { ProjectQuota } from './project-quota.ts'

/** How much of the journal sandboxes may fill. */
export interface DenialLimits {
  /** Refusals of one sandbox, and alarms of it, that are recorded one by one in each second; 50 when absent. */
  readonly perSecond?: number
  /** What the traffic of one project may add in a window; no limit when absent. */
  readonly project?: { readonly bytes: number; readonly windowMs: number }
}

const windowMs = 1_000
const usualPerSecond = 50

/**
 * Keeps a flood of denials from filling the journal. The first refusals of a sandbox in each second are recorded one by one,
 * the rest of that second as one `denials.counted`: their `append` resolves when that record is written, so that a flood
 * also slows down whoever causes it. Beyond the quota of its project every refusal is counted and every intent fails; outcomes
 * and management actions, which end things, are always recorded.
 */
export class DenialLimiter implements AuditLog {
  readonly #log: AuditLog
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #quota: ProjectQuota | undefined
  readonly #windows = new Map<string, DenialWindow>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(log: AuditLog, clock: Clock, limits: DenialLimits = {}) {
    this.#log = log
    this.#clock = clock
    this.#perSecond = limits.perSecond ?? usualPerSecond
    this.#quota = limits.project === undefined ? undefined : new ProjectQuota(clock, limits.project)
  }

  append(entry: AuditEntry): Promise<void> {
    if (this.#closed) return refuse({ reason: 'closed' })
    const exhausted = this.#quota?.isExhausted(entry.project) ?? false
    if (isDenial(entry)) {
      const window = exhausted ? this.#windowOfProject(entry) : this.#windowOfSandbox(entry)
      if (exhausted || !window.admits()) return window.count(entry.kind)
    } else if (exhausted && (isIntent(entry) || entry.kind === 'connection.said')) {
      // SECURITY: an intent that cannot be recorded is a request that does not leave.
      return refuse({ reason: 'quota', project: entry.project })
    }
    this.#quota?.add(entry)
    return this.#log.append(entry)
  }

  /** Records what was counted so far and takes nothing more. Never rejects: each counted denial learns its own fate. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    const open = [...this.#windows.values()]
    this.#windows.clear()
    await Promise.all(open.map((window) => window.end()))
  }

  #windowOfSandbox({ kind, project, sandbox }: AuditEntry): DenialWindow {
    const group = kind === 'alarm.raised' ? 'alarm' : 'refusal'
    const key = `${group}\n${project}\n${sandbox ?? ''}`
    return this.#window(key, () => new DenialWindow(this.#log, this.#clock, this.#perSecond, { project, sandbox }))
  }

  #windowOfProject({ project }: AuditEntry): DenialWindow {
    const key = `quota\n${project}`
    return this.#window(key, () => new DenialWindow(this.#log, this.#clock, 0, { project, reason: 'quota' }))
  }

  #window(key: string, open: () => DenialWindow): DenialWindow {
    const present = this.#windows.get(key)
    if (present !== undefined && present.ageMs < windowMs) return present
    if (present !== undefined) void present.end()
    const window = open()
    this.#windows.set(key, window)
    this.#timer ??= setTimeout(() => this.#sweep(), windowMs)
    return window
  }

  #sweep(): void {
    for (const [key, window] of this.#windows) {
      if (window.ageMs < windowMs) continue
      this.#windows.delete(key)
      void window.end()
    }
    this.#timer = this.#windows.size === 0 ? undefined : setTimeout(() => this.#sweep(), windowMs)
  }
}

function isDenial({ kind }: AuditEntry): boolean {
  return kind.endsWith('.refused') || kind === 'alarm.raised'
}

function isIntent({ kind }: AuditEntry): boolean {
  return kind.endsWith('.intended')
}

function refuse(facts: SafeFacts): Promise<never> {
  return Promise.reject(new CoatcheckError('audit_unavailable', facts))
}
