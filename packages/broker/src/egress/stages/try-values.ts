import { newIdentifier } from '../../foundation/identifier.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import type { Trials } from '../trials.ts'

/** Methods that may be sent twice whatever became of the first (RFC 9110 §9.2.2). */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** Whether a value on this request is on trial. */
export function hasTrial({ attachments }: Exchange): boolean {
  return attachments.some(({ secret }) => secret?.trial !== undefined)
}

/**
 * Tells from the status of the response whether a request is sent once more, with the value before; undefined where it never is.
 * A service that says 401 has done nothing (RFC 9110 §15.5.2); 403 is an answer, too.
 */
export function retrying({ attachments, head, upgrade }: Exchange): ((status: number) => boolean) | undefined {
  const isTried = attachments.some(({ secret }) => secret?.trial === 'new')
  if (!isTried || upgrade !== undefined) return undefined
  const mayRepeat = idempotent.has(head.method)
  return (status) => status === 401 || (status === 403 && mayRepeat)
}

/** The same request under an identifier of its own, without values yet. */
export function onceMore(exchange: Exchange, startedAtMs: number): Exchange {
  const attachments = exchange.attachments.map(({ secret: _, ...attachment }): Attachment => attachment)
  const note = `with the version before, since ${exchange.id} was declined`
  return { ...exchange, id: newIdentifier('exc'), startedAtMs, attachments, note }
}

/** Fetches what stands in for the values that were declined. Rejects as `Trials.previousOf` does. */
export async function revealPrevious(again: Exchange, declined: Exchange, trials: Trials): Promise<void> {
  for (const [index, attachment] of again.attachments.entries()) {
    const secret = declined.attachments[index]!.secret!
    attachment.secret =
      secret.trial === 'new'
        ? await trials.previousOf(attachment.grant.grant)
        : { ...secret, value: secret.value.copy() }
  }
}

/**
 * Tells what a service made of the values on a request. SECURITY: of a request that was sent twice, the first answer counts only
 * where the second is another: what is declined with either value is about the request, and says nothing of them.
 */
export async function tellVerdict(
  { attachments, head }: Exchange,
  status: number,
  trials: Trials,
  declined?: Exchange,
): Promise<void> {
  const isDeclined = status === 401 || status === 403
  if (isDeclined && declined !== undefined) return
  for (const { grant, secret } of declined?.attachments ?? []) {
    if (secret?.trial === 'new') await trials.judged(grant.grant, secret.version, 'declined')
  }
  // What gRPC makes of a credential stands behind the body: its status is 200 all the same.
  const isAccepted = status >= 200 && status < 300 && !head.fields.some(saysGrpc)
  if (!isDeclined && !isAccepted) return
  for (const { grant, secret } of attachments) {
    if (secret?.trial === undefined) continue
    await trials.judged(grant.grant, secret.version, isAccepted ? 'accepted' : 'declined')
  }
}

function saysGrpc({ name, value }: HeaderField): boolean {
  return name.toLowerCase() === 'content-type' && /^application\/(?:grpc|connect\+)/i.test(value)
}
