import { createHash } from 'node:crypto'
import type { AskedBody, AskedRequest, AskedSpend } from '@coatcheck/contract'
import { shownBytes, shownText } from '../approvals/shown-text.ts'
import { type Amounts, fromLedger } from '../caps/amounts.ts'
import { formatDestination } from '../foundation/destination.ts'
import { describeAction } from '../policy/actions/registry.ts'
import { encodeCanonically } from '../vault/canonical-encoding.ts'
import { coveringGrants } from './covering-grants.ts'
import type { Asked, Exchange } from './exchange.ts'
import { forwardedRequestFields } from './forwarded-fields.ts'

/** Fields that are a credential whatever stands in them. */
const credential = /^(?:authorization|cookie|.*-(?:api-?key|token|signature|secret))$/i

/**
 * SHA-256 of all that an approval is about: the request as it goes on but for the values of secrets, the grants and scopes that put
 * them on it, and the policy that asked. SECURITY: whatever differs in any of this is another request.
 */
export function digestOf(exchange: Exchange, { rule, approvers, policy = '' }: Asked, body: Uint8Array): string {
  const { arrival, attachments, head, routes } = exchange
  const { profile, allow, deny } = routes.sandbox
  const scopes = coveringGrants(routes, arrival.destination).map(({ grant, scopes: all }) => [
    grant.id,
    grant.secretId,
    all.map(({ reach, rule: to, inject, attach, foreign, refuse }) => [to, inject, attach, foreign, refuse, reach]),
  ])
  const attached = attachments.map(({ grant, scope, attach }) => [grant.grant.id, scope.rule, scope.inject, attach])
  const fields = forwardedRequestFields(head.fields).flatMap(({ name, value }) => [name.toLowerCase(), value])
  const policies = JSON.stringify([profile, allow, deny, scopes, attached, rule, approvers, policy])
  const canonical = encodeCanonically([
    'asked request',
    arrival.sandboxId,
    head.method,
    formatDestination(arrival.destination),
    head.path,
    head.query,
    sha256(body),
    policies,
    ...fields,
  ])
  return sha256(canonical)
}

/** Longest description of what a request does, in characters. */
const maxDescription = 65_536

/** What a request does, line by line, where its body says that to no person; undefined where the body has to be read as it is. */
export function describedAction({ arrival, head }: Exchange, body: Buffer): readonly string[] | undefined {
  const { method, path, query } = head
  const { host } = arrival.destination
  const lines = describeAction({ method, host, path, query, fields: forwardedRequestFields(head.fields) }, body)
  return lines === undefined || lines.join('\n').length > maxDescription ? undefined : lines
}

/**
 * What whoever decides sees of a request. SECURITY: SEC-13. No value of a secret is here yet; placeholders are masked.
 * @param amounts the most that it can use
 */
export function askedRequest(exchange: Exchange, rule: string, body: Buffer, amounts: Amounts): AskedRequest {
  const { arrival, attachments, head, routes } = exchange
  const masked = (text: string): string => {
    let left = text
    for (const { grant, placeholder } of routes.grants)
      left = left.replaceAll(placeholder, `[placeholder of ${grant.env}]`)
    for (const placeholder of routes.placeholders) left = left.replaceAll(placeholder, '[placeholder]')
    return left
  }
  const headers = forwardedRequestFields(head.fields).map(({ name, value }) => ({
    name: shownText(name),
    value: credential.test(name) ? '[credential]' : shownText(masked(value)),
  }))
  const action = describedAction(exchange, body)?.map((line) => shownText(masked(line)))
  return {
    method: shownText(head.method),
    url: shownText(masked(`${formatDestination(arrival.destination)}${head.path}${head.query}`)),
    headers,
    ...(action !== undefined && { action }),
    body: body.length === 0 ? null : askedBody(body, action === undefined ? masked(shownBytes(body)) : null),
    spend: spendOf(amounts),
    rule,
    grants: attachments.map(({ grant }) => ({ id: grant.grant.id, env: grant.grant.env, secret: grant.secretName })),
  }
}

function askedBody(body: Buffer, text: string | null): AskedBody {
  return { text, bytes: body.length, sha256: sha256(body) }
}

function spendOf(amounts: Amounts): AskedSpend {
  const units = ['usd', 'tokens', 'emails'] as const
  const known = units.flatMap((unit) => {
    const amount = amounts[unit]
    return amount === undefined ? [] : [[unit, fromLedger(unit, amount)] as const]
  })
  return Object.fromEntries(known)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
