import { CoatcheckError, type Scope } from '@coatcheck/contract'

/** Shorter values cannot be told from ordinary text in replies, and so cannot be scrubbed from them. */
export const strongBytes = 16

const socketInjectors: ReadonlySet<string> = new Set(['postgres', 'mysql', 'redis', 'mongodb', 'smtp', 'ssh'])

/**
 * Whether a value of `length` bytes counts as weak for these scopes; only values that travel over HTTP can be.
 * @throws CoatcheckError `secret_weak` when it is and that was not consented to, `secret_unusable` when it is empty
 */
export function assessStrength(scopes: readonly Scope[], length: number, consented: boolean): boolean {
  if (length === 0) throw new CoatcheckError('secret_unusable', { reason: 'empty' })
  // An injector that is not known to speak a socket protocol is taken for one that speaks HTTP.
  const overHttp = scopes.length === 0 || scopes.some(({ inject }) => !socketInjectors.has(inject.kind))
  const weak = overHttp && length < strongBytes
  if (weak && !consented) throw new CoatcheckError('secret_weak', { minimumBytes: strongBytes })
  return weak
}
