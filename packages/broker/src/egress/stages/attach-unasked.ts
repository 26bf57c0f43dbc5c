import type { Clock } from '../../foundation/clock.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import { type Refusal, refuse } from '../refusal.ts'

/**
 * Services and caches may answer these with the request itself, or hand them to whoever comes next: they get no secret
 * (R-61).
 */
export function mayBeReflected({ method, fields }: RequestHead): boolean {
  return method === 'OPTIONS' || method === 'TRACE' || fields.some(({ name }) => name.toLowerCase() === 'max-forwards')
}

/**
 * Gives a request that has no credential the one that a scope attaches always, if there is one. Two that could be meant are
 * refused, and so is a request that a web page may have sent.
 */
export function attachUnasked(exchange: Exchange, clock: Clock): Refusal | undefined {
  if (mayBeReflected(exchange.head)) return undefined
  const chosen = chooseUnasked(exchange, clock, 'in the request')
  if (chosen === undefined || 'code' in chosen) return chosen
  exchange.attachments = [chosen]
  return undefined
}

/**
 * Gives a request the client certificate that the service is shown, if there is one, beside whatever else it has. Nothing of it can be
 * reflected, so every method gets it.
 */
export function showCertificate(exchange: Exchange, clock: Clock): Refusal | undefined {
  const chosen = chooseUnasked(exchange, clock, 'in the handshake')
  if (chosen === undefined || 'code' in chosen) return chosen
  exchange.attachments = [...exchange.attachments, chosen]
  return undefined
}

type Showing = 'in the request' | 'in the handshake'

function chooseUnasked(exchange: Exchange, clock: Clock, showing: Showing): Attachment | Refusal | undefined {
  const candidates = candidatesFor(exchange, showing)
  if (candidates.length === 0) return undefined
  const live = candidates.filter(
    ({ grant: { grant } }) => grant.expiresAt === null || clock.now() < new Date(grant.expiresAt),
  )
  const [first] = live
  if (first === undefined) return refuse('grant_expired')
  // SECURITY: never a guess between two secrets (AC-4.6). Two grants of one secret put the same thing on the wire.
  if (live.some(({ grant: { grant } }) => grant.secretId !== first.grant.grant.secretId)) {
    return refuse('credential_ambiguous', {
      env: live
        .map(({ grant }) => grant.grant.env)
        .toSorted()
        .join(', '),
    })
  }
  const mark = markOfPage(exchange.head, exchange.arrival.destination.host)
  if (mark !== undefined) return refuse('attach_refused', { field: mark })
  return first
}

/** For each grant, the first scope that attaches always and covers the request: the secret's own order says which. */
function candidatesFor({ head, arrival, routes }: Exchange, showing: Showing): Attachment[] {
  return routes.grants.flatMap((grant) => {
    const scope = grant.scopes.find(
      ({ attach, injection, pattern }) =>
        attach === 'always' &&
        (injection.clientIdentity !== undefined) === (showing === 'in the handshake') &&
        pattern.matches(arrival.destination, head.path),
    )
    return scope === undefined ? [] : [{ grant, scope, attach: 'always' }]
  })
}

/** SECURITY: a page in a browser of the sandbox must not spend a secret that nobody put in its request. */
function markOfPage({ fields }: RequestHead, host: string): string | undefined {
  const field = fields.find(({ name, value }) => {
    const lower = name.toLowerCase()
    if (lower === 'origin' || lower === 'cookie') return true
    if (lower === 'sec-fetch-site') return /^cross-site$/i.test(value.trim())
    // Browsers send no `Sec-Fetch-Site` over plain HTTP, as a base URL is, and no `Origin` for an image.
    return lower === 'referer' && URL.parse(value)?.hostname !== host
  })
  return field?.name.toLowerCase()
}
