import { closeSync, openSync } from 'node:fs'
import type { BrokerStatus } from '@coatcheck/contract'

/** A listener, as far as it can be asked whether it still is one. */
export interface Listening {
  readonly isOpen: boolean
}

/** Descriptors that one exchange takes: the client's, the service's, and one for what is looked up. */
const forOneExchange = 3

/**
 * Whether listeners can take connections. A process without a descriptor left hangs up on whoever connects, and is told
 * nothing of it, so that the one way to know is to try.
 */
export function listenersState(listeners: readonly Listening[]): BrokerStatus['listeners'] {
  if (listeners.some(({ isOpen }) => !isOpen)) return 'closed'
  const opened: number[] = []
  try {
    for (let count = 0; count < forOneExchange; count += 1) opened.push(openSync('/dev/null', 'r'))
    return 'ok'
  } catch {
    return 'starved'
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}
