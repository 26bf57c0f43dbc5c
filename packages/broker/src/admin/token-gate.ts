import type { IncomingMessage } from 'node:http'
import { CoatcheckError, installationProject } from '@coatcheck/contract'
import type { Context } from 'hono'
import type { Token } from '../access/token.ts'
import type { TokenAccess } from '../access/token-access.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Clock } from '../foundation/clock.ts'
import { peerKey } from '../foundation/peer-key.ts'
import { RateLimiter } from '../foundation/rate-limiter.ts'
import { FailedAuthentications } from './failed-authentications.ts'
import { type Access, type Caller, demandOwnProject, type Gate } from './gate.ts'

/** What a gate for tokens is made of. */
export interface TokenGateParts {
  readonly tokens: TokenAccess
  readonly auditLog: AuditLog
  readonly clock: Clock
  /** Whether the door listens on a loopback address. */
  readonly isLoopback: boolean
}

/** Requests with one token, and requests without one from one peer. */
const goodLimit = { burst: 200, perSecond: 50 }
/** Wrong tokens from one peer. */
const badLimit = { burst: 10, perSecond: 0.2 }
/** Of one token: enough for a node with its sandboxes, too few to keep the broker busy with nothing else. */
const maxStreams = 64
const loopbackName = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/** The gate of a door for tokens: `Authorization: Bearer <token>`, and nothing else, says who is there. */
export function tokenGate(parts: TokenGateParts): Gate {
  // SECURITY: R-92. Valid tokens, wrong ones and requests without one are counted apart, so that none starves another.
  const good = new RateLimiter(parts.clock, goodLimit)
  const open = new RateLimiter(parts.clock, goodLimit)
  const bad = new RateLimiter(parts.clock, badLimit)
  const failures = new FailedAuthentications(parts.auditLog, parts.clock, installationProject)

  return async (context, access) => {
    const peer = peerKey(peerOf(context))
    if (needsNoToken(context, access, parts.isLoopback)) {
      admit(open, peer)
      return { actor: 'anyone', project: installationProject, role: () => 'auditor' }
    }
    try {
      const token = parts.tokens.authenticate(bearerOf(context))
      admit(good, token.id)
      demandOwnProject(context, token.project)
      return callerOf(token, parts)
    } catch (error) {
      if (!(error instanceof CoatcheckError) || error.code !== 'token_invalid') throw error
      admit(bad, peer)
      await failures.record(peer)
      throw error
    }
  }
}

function callerOf(token: Token, { tokens, clock }: TokenGateParts): Caller {
  return {
    actor: token.id,
    project: token.project,
    maxStreams,
    role() {
      try {
        return tokens.findLiving(token.id)?.role
      } catch (error) {
        // While the vault is locked nothing can be verified, nor revoked: what was true goes on, up to the expiry.
        const isLocked = error instanceof CoatcheckError && error.code === 'vault_locked'
        return isLocked && clock.now().getTime() < Date.parse(token.expiresAt) ? token.role : undefined
      }
    },
  }
}

function admit(limiter: RateLimiter, key: string): void {
  const retryAfterSeconds = limiter.take(key)
  if (retryAfterSeconds !== undefined) throw new CoatcheckError('rate_limited', { retryAfterSeconds })
}

function bearerOf(context: Context): string {
  return /^Bearer ([\x21-\x7e]{1,256})$/i.exec(context.req.header('authorization') ?? '')?.[1] ?? ''
}

function needsNoToken(context: Context, access: Access, isLoopback: boolean): boolean {
  if (access === 'anyone') return true
  // SECURITY: a request that a proxy brought from elsewhere names another host, and is not local.
  return access === 'local' && isLoopback && loopbackName.test(context.req.header('host') ?? '')
}

function peerOf(context: Context): string | undefined {
  const { incoming } = (context.env ?? {}) as { readonly incoming?: IncomingMessage }
  return incoming?.socket.remoteAddress
}
