import type { BodyCaps } from '../body-caps.ts'
import type { Exchange } from '../exchange.ts'
import type { Refusal } from '../refusal.ts'
import { awaitBody, beginningDecides, beginningUnknown } from './decide-rules.ts'

/**
 * Holds as much of a body as rules need that may be told by its beginning; the rest streams behind it. Where all of it came, it is
 * taken as any other body. Every question is to be asked again then. Rejects with the reason of the ending.
 * @returns what forbids the request, if something does
 */
export async function readBeginning(exchange: Exchange, caps: BodyCaps): Promise<Refusal | undefined> {
  const { carrier, ending, routes } = exchange
  let begun: Buffer = Buffer.alloc(0)
  const refusal = await carrier.inspectBeginning(routes.placeholders, ending, caps, (held) => {
    begun = held
    return beginningDecides(exchange, held)
  })
  if (refusal !== undefined) return refusal
  if (carrier.wholeBody() !== undefined) return awaitBody(exchange)
  // SECURITY: nobody else may take what was held for the body.
  exchange.placedBody = 'unheld'
  exchange.ruleBody = { known: beginningUnknown(begun), isRewritten: false, begun }
  return undefined
}
