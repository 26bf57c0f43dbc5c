import { CoatcheckError } from '@coatcheck/contract'
import type { Derivation } from '../injection/derivation.ts'
import type { RequestHead } from '../injection/request-head.ts'
import type { Attachment } from './exchange.ts'

/**
 * How what goes on a request is made from the secret of an attachment; undefined where it is the secret itself.
 * @throws CoatcheckError `placeholder_undeclared_place` where the request has to say which it is, and does not
 */
export function derivationFor(
  head: RequestHead,
  { grant, scope }: Pick<Attachment, 'grant' | 'scope'>,
): Derivation | undefined {
  const { derivation } = scope.injection
  if (derivation?.registry === undefined) return derivation
  const shown = derivation.registry.shownIn(head, grant.placeholder)
  if (shown === undefined) throw new CoatcheckError('placeholder_undeclared_place', { env: grant.grant.env })
  return derivation.registry.derivationFor(shown)
}
