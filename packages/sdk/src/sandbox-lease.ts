import type { ActivityRow } from '@coatcheck/contract'
import type { StreamEvent } from './read-events.ts'

/** What a lease tells: a refusal on the way out, or that the sandbox has ended. */
export type LeaseEvent = { readonly kind: 'refused'; readonly row: ActivityRow } | { readonly kind: 'ended' }

/** A hold on a sandbox. The broker ends the sandbox when the holder lets go, dies, or loses the connection. */
export interface SandboxLease {
  /** Ends after `ended`. @throws CoatcheckError `broker_unreachable` when the stream stops before */
  readonly events: AsyncIterable<LeaseEvent>
  /** Lets go, and so ends the sandbox. */
  close(): void
}

/** The events of a lease, as the broker streams them. */
export async function* leaseEvents(stream: AsyncIterable<StreamEvent>, lost: () => Error): AsyncGenerator<LeaseEvent> {
  for await (const { event, data } of stream) {
    if (event === 'refused') yield { kind: 'refused', row: data as ActivityRow }
    if (event !== 'ended') continue
    yield { kind: 'ended' }
    return
  }
  throw lost()
}
