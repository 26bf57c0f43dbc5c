import { lookup } from 'node:dns/promises'
import { CoatcheckError } from '@coatcheck/contract'

/** Turns names into addresses, for the upstream only; nothing else in the broker resolves what sandboxes name. */
export interface Resolver {
  /**
   * All addresses of a host, those to prefer first. Rejects with the signal's reason when aborted.
   * @throws CoatcheckError `destination_unresolved`
   */
  resolve(host: string, signal: AbortSignal): Promise<readonly string[]>
}

/** The resolver of the machine, with its hosts file. */
export const systemResolver: Resolver = {
  async resolve(host, signal) {
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    try {
      // The system call cannot be stopped; its late answer is dropped.
      const answers = await Promise.race([lookup(host, { all: true, order: 'verbatim' }), aborted.promise])
      return [...new Set(answers.map(({ address }) => address))]
    } catch (cause) {
      signal.throwIfAborted()
      throw new CoatcheckError('destination_unresolved', { host }, { cause })
    } finally {
      signal.removeEventListener('abort', abort)
    }
  },
}
