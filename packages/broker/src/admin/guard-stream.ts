/** How often a stream asks whether its client may still read it; a revoked token's streams end within a second. */
const askEveryMs = 250
const streamed = /^(text\/event-stream|application\/octet-stream)/

/** Ends a streaming reply once `mayStay` says no. Other replies pass as they are. */
export function guardStream(response: Response, mayStay: () => boolean): Response {
  const { body, headers, status } = response
  if (body === null || !streamed.test(headers.get('content-type') ?? '')) return response
  const reader = body.getReader()
  let timer: NodeJS.Timeout | undefined
  const guarded = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setInterval(() => {
          if (mayStay()) return
          clearInterval(timer)
          controller.close()
          // Whoever makes the events learns it as from a client that went away.
          void reader.cancel().catch(() => undefined)
        }, askEveryMs).unref()
      },
      async pull(controller) {
        const { done, value } = await reader.read()
        if (isClosed(controller)) return
        if (!done) return controller.enqueue(value)
        clearInterval(timer)
        controller.close()
      },
      cancel(reason) {
        clearInterval(timer)
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(guarded, { status, headers })
}

function isClosed({ desiredSize }: ReadableStreamDefaultController): boolean {
  return desiredSize === null
}
