import type { Secret } from './secret.ts'

/** A rotation whose new value has yet to be accepted by a service. The version before it is kept meanwhile. */
export interface StagedRotation {
  /** The version that was in use before. */
  readonly previous: number
  /** When that one came to be in use, RFC 3339. */
  readonly previousRotatedAt: string
  /** When this ends at the latest, RFC 3339. */
  readonly until: string
  /** When a service last declined the new value, RFC 3339; absent where none did. */
  readonly declinedAt?: string
  /** Since then a service accepted the version before. */
  readonly previousAccepted?: true
}

/** On trial, the value of a secret is the new one, or the one that stands in for it. */
export type Trial = 'new' | 'previous'

/** What a service made of a value that is on trial. */
export type TrialVerdict = 'accepted' | 'declined'

/** How a staged rotation ended: with the new value, because a service accepted it or time was up, or with the one before. */
export type TrialEnd = 'accepted' | 'time-up' | 'put-back'

/** Which version of a secret goes on a request. */
export interface LeadingVersion {
  readonly version: number
  /** Absent where there is nothing to choose from. */
  readonly trial?: Trial
  /** Wall clock until which this holds, in milliseconds since 1970; absent where that does not end. */
  readonly untilMs?: number
}

/** Longest that a version is kept beside the new one, in seconds. */
export const maxStagedSeconds = 60 * 60

/** For so long after it was declined, the new value is not tried again, in milliseconds. */
export const pauseMs = 30_000

/** The version that goes on a request at `nowMs`: the new one first, and the one before for a while after it was declined. */
export function leadingVersion({ version, staged }: Pick<Secret, 'version' | 'staged'>, nowMs: number): LeadingVersion {
  if (staged === undefined) return { version }
  const endMs = Date.parse(staged.until)
  // SECURITY: once the time is up there is one value, whether or not anybody came to clear the other away.
  if (nowMs >= endMs) return { version: isRefuted(staged) ? staged.previous : version }
  const againMs = pauseEnd(staged)
  if (nowMs < againMs) return { version: staged.previous, trial: 'previous', untilMs: Math.min(againMs, endMs) }
  return { version, trial: 'new', untilMs: endMs }
}

/** Whether services declined the new value and accepted the one before: then that one is put back in the end. */
export function isRefuted({ declinedAt, previousAccepted }: StagedRotation): boolean {
  return declinedAt !== undefined && previousAccepted === true
}

/**
 * What is known after a verdict on one of the two versions: the same object where that is nothing new, undefined where the new
 * value has proved itself.
 */
export function judged(
  staged: StagedRotation,
  isNew: boolean,
  verdict: TrialVerdict,
  now: Date,
): StagedRotation | undefined {
  if (isNew && verdict === 'accepted') return undefined
  // Requests that were under way together are declined together; one of them is enough.
  if (isNew) return now.getTime() < pauseEnd(staged) ? staged : { ...staged, declinedAt: now.toISOString() }
  const isNews = verdict === 'accepted' && staged.declinedAt !== undefined && staged.previousAccepted !== true
  return isNews ? { ...staged, previousAccepted: true } : staged
}

function pauseEnd({ declinedAt }: StagedRotation): number {
  return declinedAt === undefined ? 0 : Date.parse(declinedAt) + pauseMs
}
