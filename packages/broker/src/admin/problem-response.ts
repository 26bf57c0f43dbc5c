import { CoatcheckError, problemBody } from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'

/**
 * The RFC 9457 reply to a failure. Anything but a `CoatcheckError` is a bug: it goes to `reportFault`, and the client gets
 * `internal` with the id under which it was reported.
 */
export function problemResponse(error: unknown, reportFault: (instance: string, error: unknown) => void): Response {
  if (error instanceof CoatcheckError) return reply(problemBody(error.code, error.facts))
  const instance = newIdentifier('evt')
  reportFault(instance, error)
  // SECURITY: neither message nor stack of an unexpected error leaves the broker; they may quote what was being handled.
  return reply(problemBody('internal', {}, instance))
}

function reply(body: ReturnType<typeof problemBody>): Response {
  return Response.json(body, { status: body.status, headers: { 'content-type': 'application/problem+json' } })
}
