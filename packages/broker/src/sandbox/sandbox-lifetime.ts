import { CoatcheckError, type SandboxCreate } from '@coatcheck/contract'
import { rotationDue } from '../vault/rotation-due.ts'
import type { Secret } from '../vault/secret.ts'
import type { Sandbox } from './sandbox.ts'

/** Life of a sandbox when nothing else is asked for. */
const defaultTtlSeconds = 8 * 60 * 60

/** What a sandbox outlives the thing outside by, when nobody ends it in time. */
const lifetimeFactor = 1.2

/** What nothing outlives it by, however often it is renewed. */
const lifetimeLimitFactor = 2

/**
 * When a new sandbox expires, and the instant that no renewal goes past.
 * @throws CoatcheckError `request_invalid`
 */
export function firstLifetime(
  { ttlSeconds, lifetimeSeconds }: Pick<SandboxCreate, 'ttlSeconds' | 'lifetimeSeconds'>,
  now: Date,
): Pick<Sandbox, 'expiresAt' | 'endsBy'> {
  if (lifetimeSeconds === undefined) return { expiresAt: after(now, ttlSeconds ?? defaultTtlSeconds), endsBy: null }
  const limitSeconds = lifetimeSeconds * lifetimeLimitFactor
  if (ttlSeconds !== undefined && ttlSeconds > limitSeconds) throw tooLong(limitSeconds)
  return {
    expiresAt: after(now, ttlSeconds ?? lifetimeSeconds * lifetimeFactor),
    endsBy: after(now, limitSeconds),
  }
}

/** When a sandbox expires after a renewal. @throws CoatcheckError `request_invalid` */
export function renewedExpiry({ endsBy }: Sandbox, ttlSeconds: number, now: Date): string {
  const expiresAt = after(now, ttlSeconds)
  if (endsBy === null || expiresAt <= endsBy) return expiresAt
  throw tooLong(Math.max(0, Math.floor((Date.parse(endsBy) - now.getTime()) / 1000)))
}

/**
 * When a grant expires: with its sandbox, or earlier if that was asked for. Where a sandbox runs elsewhere, its placeholder
 * may have been copied: there no grant outlives the day on which its secret is to be rotated.
 */
export function grantExpiry(sandbox: Sandbox, secret: Secret | undefined, ownExpiresAt: string | null): string {
  const due = sandbox.fence === 'none' && secret !== undefined ? rotationDue(secret) : null
  return [ownExpiresAt, due].reduce<string>(
    (earliest, each) => (each !== null && each < earliest ? each : earliest),
    sandbox.expiresAt,
  )
}

/** An instant so many seconds from now, RFC 3339. */
export function after(now: Date, seconds: number): string {
  return new Date(now.getTime() + seconds * 1000).toISOString()
}

function tooLong(limitSeconds: number): CoatcheckError {
  return new CoatcheckError('request_invalid', {
    field: 'ttlSeconds',
    reason: `at most ${limitSeconds}: twice the lifetime that the sandbox was created with`,
  })
}
