import { CoatcheckError, problemBody } from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'

/**
 * The RFC 9457 reply to a failure. Anything but a `CoatcheckError` is a bug: it goes to `reportFault`, and the client gets
 * `internal` with the id under which it was reported.
 */
export function problemResponse(error: unknown, reportFault: (instance: string, error: unknown) => void): Response {
  if (error instanceof CoatcheckError) return reply(problemBody(error.code, error.facts), fieldsFor(error))
  const instance = newIdentifier('evt')
  reportFault(instance, error)
  // SECURITY: neither message nor stack of an unexpected error leaves the broker; they may quote what was being handled.
  return reply(problemBody('internal', {}, instance))
}

function reply(body: ReturnType<typeof problemBody>, fields: Readonly<Record<string, string>> = {}): Response {
  const headers = { 'content-type': 'application/problem+json', ...fields }
  return Response.json(body, { status: body.status, headers })
}

/** Fields that HTTP wants beside a status. */
function fieldsFor({ code, facts }: CoatcheckError): Readonly<Record<string, string>> {
  if (code === 'token_invalid') return { 'www-authenticate': 'Bearer realm="coatcheck"' }
  if (code === 'rate_limited') return { 'retry-after': String(facts['retryAfterSeconds'] ?? 1) }
  if (code === 'method_not_allowed') return { allow: String(facts['allow'] ?? '') }
  return {}
}
