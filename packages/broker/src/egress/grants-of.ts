import { coveringGrants } from './covering-grants.ts'
import type { Exchange } from './exchange.ts'

/** Identifiers of the grants that an exchange uses: those whose secrets it carries, or, without one, those that let it through. */
export function grantsOf({ arrival, attachments, known, routes }: Exchange): readonly string[] {
  if (known !== undefined && attachments === known.attachments) return known.grantIds
  if (attachments.length > 0) return attachments.map(({ grant }) => grant.grant.id)
  return coveringGrants(routes, arrival.destination).map(({ grant }) => grant.id)
}
