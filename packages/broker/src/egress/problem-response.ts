import { type Problem, problemBody, problems } from '@coatcheck/contract'
import { inertReply } from '../foundation/inert-reply.ts'
import { distributionErrors } from './distribution-errors.ts'
import type { Refusal } from './refusal.ts'

/**
 * A refusal as an HTTP response: a body of RFC 9457, or of Distribution where its client reads that, and a `Proxy-Status` field
 * (RFC 9209) that says whose answer it is.
 */
export interface ProblemResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** With its charset, clients that do not know the type show the text, and with it the remedy, in place of bytes. */
const problemType = 'application/problem+json; charset=utf-8'

/** Renders a refusal. @param instance id of the audit event */
export function problemResponse({ code, facts, form, further }: Refusal, instance: string): ProblemResponse {
  const kind: { readonly status: number; readonly proxyError?: string } = problems[code]
  const { retryAfterSeconds } = facts
  const problem = problemBody(code, facts, instance)
  const said = form === 'distribution' ? distributionErrors(problem) : { ...problem, error: errorOf(problem) }
  const body = `${JSON.stringify(said, null, 2)}\n`
  return {
    status: kind.status,
    headers: {
      'content-type': form === 'distribution' ? 'application/json' : problemType,
      'content-length': String(Buffer.byteLength(body)),
      ...inertReply,
      ...(typeof retryAfterSeconds === 'number' && { 'retry-after': `${retryAfterSeconds}` }),
      'proxy-status': `coatcheck; error=${kind.proxyError ?? 'proxy_internal_error'}; details="${code}"`,
      ...further,
    },
    body,
  }
}

/**
 * What clients of services look for in a body: some take every JSON without an `error` for what they asked for, whatever the status
 * says (Stripe’s), and others show its message (OpenAI’s, Anthropic’s).
 */
function errorOf({ code, detail, remedy }: Problem): Readonly<Record<'type' | 'code' | 'message', string>> {
  return { type: 'request_refused', code, message: `${detail}. ${remedy}` }
}
