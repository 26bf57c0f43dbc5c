import type { Clock } from '../foundation/clock.ts'
import { asksRegistry } from './asks-registry.ts'
import type { Exchange } from './exchange.ts'
import type { Refusal } from './refusal.ts'
import { toldOfKey } from './told-of-key.ts'

/** The refusal of a request in the words and in the form that its client knows. */
export function toldToClient(reason: Refusal, exchange: Exchange, clock: Clock): Refusal {
  const told = toldOfKey(reason, exchange.routes.sandbox, clock)
  return asksRegistry(exchange) ? { ...told, form: 'distribution' } : told
}
