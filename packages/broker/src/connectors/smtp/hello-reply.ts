import { offeredMechanisms } from './client-auth.ts'
import { ownReply, type Reply } from './reply.ts'
import type { ScopeOptions } from './scope-options.ts'

/** The name that clients are greeted with. */
export const ownName = 'coatcheck.internal'

/** What a client may still do that depends on how far it is. */
export interface HelloState {
  /** TLS can be begun. */
  readonly canSecure?: boolean
  /** What the service offers; absent while that is not known. */
  readonly service?: ReadonlyMap<string, string>
}

/** The answer to `EHLO` and `HELO`: what is offered here, and, once that is known, by the service too. */
export function helloReply(
  verb: 'EHLO' | 'HELO',
  { maxBytes }: ScopeOptions,
  { canSecure, service }: HelloState,
): Reply {
  if (verb === 'HELO') return ownReply(250, ownName)
  const both = ['8BITMIME', 'SMTPUTF8'].filter((name) => service?.has(name) ?? true)
  const sizes = [maxBytes, Number(service?.get('SIZE') ?? 0)].filter((size) => size !== undefined && size > 0)
  const size = sizes.length === 0 ? 'SIZE' : `SIZE ${Math.min(...(sizes as number[]))}`
  const secure = canSecure === true ? ['STARTTLS'] : []
  const auth = service === undefined ? [`AUTH ${offeredMechanisms}`] : []
  return { code: 250, lines: [ownName, 'PIPELINING', ...both, size, ...secure, ...auth] }
}
