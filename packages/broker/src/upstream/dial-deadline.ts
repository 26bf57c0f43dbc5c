import { CoatcheckError } from '@coatcheck/contract'

/** For resolving, connecting and handshakes together, unless told otherwise. */
export const dialTimeoutMs = 10_000

/**
 * Runs a dial that ends with `signal`, with its reason, and after a time of its own.
 * @throws CoatcheckError `upstream_timeout`
 */
export async function withDialDeadline<Result>(
  host: string,
  timeoutMs: number,
  signal: AbortSignal,
  dial: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted()
  const deadline = AbortSignal.timeout(timeoutMs)
  try {
    return await dial(AbortSignal.any([signal, deadline]))
  } catch (error) {
    signal.throwIfAborted()
    if (deadline.aborted) throw new CoatcheckError('upstream_timeout', { host }, { cause: error })
    throw error
  }
}
