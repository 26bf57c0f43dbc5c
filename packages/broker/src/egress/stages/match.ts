import type { Clock } from '../../foundation/clock.ts'
import { textsOfPlaceholder } from '../../foundation/signing-placeholder.ts'
import { copyHead, type RequestHead } from '../../injection/request-head.ts'
import type { Placed } from '../../sandbox/decoy.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import { type Refusal, refuse, refuseAndReport } from '../refusal.ts'
import { attachUnasked, mayBeReflected, showCertificate } from './attach-unasked.ts'
import { candidateTokens } from './candidate-tokens.ts'
import { findPlaceholderParts, findPlaceholders, type PlaceholderPlace } from './find-placeholders.ts'
import { awaitsBody, matchBody } from './match-body.ts'
import { matchUnnamed } from './match-unnamed.ts'
import { refuseStray } from './refuse-stray.ts'
import { refuseForeign, settleForeign } from './settle-foreign.ts'
import { verifySignatures } from './verify-signatures.ts'

/** Finds the grant of a placeholder, whosever it is and whether or not it has ended, or the decoy that it is. */
export type PlaceholderLookup = (text: string) => Placed | undefined

/**
 * Decides which secrets the request gets: those whose placeholder stands in a declared place of a scope that covers it, or,
 * where it has no credential at all, the one that a scope attaches always; and the certificate that its service is shown.
 */
export function match(exchange: Exchange, lookup: PlaceholderLookup, clock: Clock): Refusal | undefined {
  const { head, routes } = exchange
  exchange.attachments = []
  exchange.replaced = []
  exchange.note = undefined
  const places = findPlaceholders(head, routes.placeholders)
  const stray = findStray(exchange, lookup)
  if (stray !== undefined) return stray

  for (const placeholder of new Set(places.map((place) => place.placeholder))) {
    const chosen = choose(exchange, placeholder, clock)
    if ('code' in chosen) return chosen
    exchange.attachments = [...exchange.attachments, ...chosen]
  }
  const unnamed = matchUnnamed(exchange, clock)
  if ('code' in unnamed) return unnamed
  exchange.attachments = [...exchange.attachments, ...unnamed]
  const rest = exchange.attachments.length === 0 ? head : copyHead(head)
  for (const { grant, scope } of exchange.attachments) scope.injection.blank(rest, grant.placeholder)
  // SECURITY: a placeholder in any place beside the declared one is blocked, not replaced, and so is half of one.
  const [undeclared] = findPlaceholderParts(rest, routes.placeholders)
  if (undeclared !== undefined) {
    const chosen = choose(exchange, undeclared.placeholder, clock)
    return 'code' in chosen ? chosen : refuseAndReport('placeholder_undeclared_place', { place: undeclared.surface })
  }

  if (routes.writesBodies === true || exchange.placedBody !== undefined) {
    const inBody = matchBody(exchange, clock)
    if ('code' in inBody) return inBody
    exchange.attachments = [...exchange.attachments, ...inBody]
    // Whether the request has a credential shows when its body is here, and so does what becomes of others.
    if (awaitsBody(exchange)) return undefined
  }
  const foreign = settleForeign(exchange, rest, [...places, ...signaturesIn(head, rest, unnamed)])
  if (typeof foreign === 'object') return foreign
  const hasCredential = exchange.attachments.length > 0 || foreign === 'pass'
  const refusal = (hasCredential ? undefined : attachUnasked(exchange, clock)) ?? showCertificate(exchange, clock)
  if (refusal !== undefined) return refusal
  // What is taken off must be replaced by something: a request that gets nothing keeps what it has, and is refused.
  const [unreplaced] = exchange.replaced
  return unreplaced !== undefined && exchange.attachments.length === 0 ? refuseForeign(unreplaced) : undefined
}

/** Where signatures stand that name nobody: `rest` is the head without them. */
function signaturesIn(head: RequestHead, rest: RequestHead, unnamed: readonly Attachment[]): PlaceholderPlace[] {
  const [first] = unnamed
  if (first === undefined) return []
  const { placeholder } = first.grant
  return head.fields.flatMap(({ value }, field) =>
    rest.fields[field]!.value === value ? [] : [{ placeholder, surface: 'header-value', field, encoding: 'raw' }],
  )
}

/** The scopes by which this grant's secret is attached, or why there is none. Some clients send one key in two fields. */
function choose(exchange: Exchange, text: string, clock: Clock): Attachment[] | Refusal {
  const { head, arrival, routes } = exchange
  const grant = routes.grants.find((candidate) => textsOfPlaceholder(candidate.placeholder).includes(text))!
  const { placeholder } = grant
  const { expiresAt } = grant.grant
  if (expiresAt !== null && clock.now() >= new Date(expiresAt)) return refuse('grant_expired')
  const covering = grant.scopes.filter(({ pattern }) => pattern.matches(arrival.destination, head.path))
  // SECURITY: a placeholder anywhere but at its own secret's destination is an attempt to carry it off.
  if (covering.length === 0) {
    return refuseAndReport('placeholder_wrong_destination', { env: grant.grant.env, host: arrival.destination.host })
  }
  // Of two scopes for one place, the secret's own order says which.
  const rest = covering.length === 1 ? head : copyHead(head)
  const scopes = covering.filter(({ injection }) => {
    if (!injection.carries(rest, placeholder)) return false
    if (rest !== head) injection.blank(rest, placeholder)
    return true
  })
  if (scopes.length === 0) return refuseAndReport('placeholder_undeclared_place', { env: grant.grant.env })
  if (mayBeReflected(head)) return refuse('method_not_injectable', { method: head.method })
  const attachments = scopes.map((scope): Attachment => ({ grant, scope, attach: 'replace' }))
  return verifySignatures(exchange, attachments, clock) ?? attachments
}

/** SECURITY: a placeholder is of use only to its own sandbox, and only while it is granted. */
function findStray(exchange: Exchange, lookup: PlaceholderLookup): Refusal | undefined {
  const { head, routes } = exchange
  let first: Placed | undefined
  for (const token of candidateTokens(head)) {
    // What a look-up of a placeholder of its own would find is known.
    if (routes.placeholders.includes(token)) continue
    const placed = lookup(token)
    if (placed === undefined || routes.grants.some((own) => own.grant.id === placed.id)) continue
    first ??= placed
    // SECURITY: N8. The text of a decoy is shown once; in the journal it would be shown to every reader.
    exchange.strays = [...(exchange.strays ?? []), token]
  }
  return first && refuseStray(first, routes)
}
