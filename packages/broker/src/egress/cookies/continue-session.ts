import { strongBytes } from '../../vault/secret-strength.ts'
import type { Exchange, Lane, OutboundHead, ReplyRules } from '../exchange.ts'
import type { CookieJars } from './cookie-jars.ts'
import { withCookies } from './with-cookies.ts'

/** A request that goes with cookies, and what becomes of its response. */
export interface SessionRequest {
  readonly outbound: OutboundHead
  readonly rules: ReplyRules
}

/** Puts the cookies of earlier responses on a request; undefined where there are none for it. */
export function continueSession(
  exchange: Exchange,
  cookies: CookieJars,
  lane: Lane,
  outbound: OutboundHead,
  rules: ReplyRules | undefined,
): SessionRequest | undefined {
  if (rules === undefined) return undefined
  const pairs = cookies.pairsFor(exchange, lane)
  if (pairs.length === 0) return undefined
  // A secret that is a cookie itself is the operator's to change.
  const isCookie = exchange.attachments.some(({ scope }) => scope.injection.places.fields.includes('cookie'))
  const { rendered: _rendered, ...head } = outbound
  // SECURITY: a session that comes back is no more for the sandbox than the secret is.
  const values = pairs.map(({ value }) => Buffer.from(value, 'latin1')).filter(({ length }) => length >= strongBytes)
  const masked = values.map((bytes) => ({ bytes, placeholder: '*'.repeat(bytes.length), isWeak: false }))
  return {
    outbound: { ...head, fields: withCookies(outbound.fields, pairs, isCookie ? 'stay' : 'give way') },
    rules: { ...rules, scrubber: rules.scrubber.with(masked) },
  }
}
