import type { RuleBody } from '../../policy/rules/rule-request.ts'
import type { Exchange } from '../exchange.ts'
import { maxHeldBytes } from '../max-held-bytes.ts'
import { knownBody } from './known-body.ts'

/** What rules know of the body of an exchange. */
export interface ReadBody {
  readonly known: Exclude<RuleBody, 'awaited'>
  /** The body that came, where it could be held. */
  readonly came?: Buffer
  /** It was written in another way than the one that is sent. */
  readonly isRewritten: boolean
  /** All of it that was held, where that was enough. */
  readonly begun?: Buffer
}

/**
 * Reads the body for rules that ask about it, once it is here. SECURITY: what is sent from then on is what they saw, written in one way,
 * so that no service reads something else in it.
 * @returns whether there was anything to do, after which every question is to be asked again
 */
export function readForRules(exchange: Exchange): boolean {
  const { placedBody } = exchange
  if (exchange.ruleBody !== 'wanted' || placedBody === 'wanted' || placedBody === 'welcome') return false
  const known = knownOf(exchange)
  const isRewritten = typeof known === 'object' && 'bytes' in known && !known.bytes.equals(placedBody as Buffer)
  if (isRewritten) exchange.placedBody = known.bytes
  exchange.ruleBody = { known, isRewritten, ...(Buffer.isBuffer(placedBody) && { came: placedBody }) }
  return true
}

function knownOf({ head, placedBody }: Exchange): ReadBody['known'] {
  if (!Buffer.isBuffer(placedBody)) return { unreadable: `it is longer than ${maxHeldBytes} bytes` }
  return knownBody(head, placedBody)
}
