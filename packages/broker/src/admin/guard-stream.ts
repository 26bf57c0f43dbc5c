/** How often a stream asks whether its client may still read it; a revoked token's streams end within a second. */
const askEveryMs = 250
const streamed = /^(text\/event-stream|application\/octet-stream)/

/** Whether a reply goes on for as long as somebody reads it. */
export function isStreamed({ body, headers }: Response): boolean {
  return body !== null && streamed.test(headers.get('content-type') ?? '')
}

/**
 * Ends a streaming reply once `mayStay` says no. Other replies pass as they are. `ended` is called at least once when a stream
 * is over, whoever ended it.
 */
export function guardStream(response: Response, mayStay: () => boolean, ended: () => void = () => {}): Response {
  const { body, headers, status } = response
  if (body === null || !isStreamed(response)) return response
  const reader = body.getReader()
  let timer: NodeJS.Timeout | undefined
  const end = (): void => {
    clearInterval(timer)
    ended()
  }
  const guarded = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        timer = setInterval(() => {
          if (mayStay()) return
          end()
          controller.close()
          // Whoever makes the events learns it as from a client that went away.
          void reader.cancel().catch(() => undefined)
        }, askEveryMs).unref()
      },
      async pull(controller) {
        const { done, value } = await reader.read().catch((error: unknown) => {
          end()
          throw error
        })
        if (isClosed(controller)) return
        if (!done) return controller.enqueue(value)
        end()
        controller.close()
      },
      cancel(reason) {
        end()
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
