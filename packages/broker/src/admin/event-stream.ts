/** One event of a server-sent stream. */
export interface ServerEvent {
  readonly event: string
  readonly data: unknown
}

/** What an event stream is made of. */
export interface EventSource {
  /** Makes the events; ends early once `signal` is aborted. */
  events(signal: AbortSignal): AsyncIterable<ServerEvent>
  /** Called once, whichever side ended the stream. */
  closed?(): void
  /** Receives what `events` throws; the client only sees the stream end. */
  failed(error: unknown): void
}

/** A reply of server-sent events, made as fast as the client reads them. `clientGone` is the request's own signal. */
export function eventStream(source: EventSource, clientGone: AbortSignal): Response {
  const ending = new AbortController()
  const iterator = source.events(ending.signal)[Symbol.asyncIterator]()
  const end = (): void => {
    if (ending.signal.aborted) return
    ending.abort()
    source.closed?.()
  }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const step = await iterator.next()
          if (!step.done) return controller.enqueue(encode(step.value))
        } catch (error) {
          if (!ending.signal.aborted) source.failed(error)
        }
        end()
        controller.close()
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
  clientGone.addEventListener('abort', end, { once: true })
  if (clientGone.aborted) end()
  return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
}

function encode({ event, data }: ServerEvent): Uint8Array {
  // JSON has no raw line breaks, so that one `data` line holds it.
  return new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}
