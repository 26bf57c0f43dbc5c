import type { IncomingMessage } from 'node:http'
import { readEvents, type StreamEvent } from './read-events.ts'

/**
 * The events of a broker's stream after its `open`, which shows that the broker has taken the request.
 * Rejects, and later throws, what `lost` makes of a stream that breaks.
 */
export async function openEventStream(
  reply: IncomingMessage,
  lost: (cause: unknown) => Error,
): Promise<AsyncGenerator<StreamEvent>> {
  const events = survive(readEvents(reply), lost)
  const first = await events.next()
  if (first.done || first.value.event !== 'open') throw lost(undefined)
  return events
}

async function* survive(
  events: AsyncIterable<StreamEvent>,
  lost: (cause: unknown) => Error,
): AsyncGenerator<StreamEvent> {
  try {
    yield* events
  } catch (error) {
    throw lost(error)
  }
}
