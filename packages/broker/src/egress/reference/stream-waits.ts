import type { Writable } from 'node:stream'

/** Settles as `promise` does, or rejects with the signal's reason when that comes first. */
export async function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Resolves when a stream takes more, or never will again. */
export function drained(stream: Writable): Promise<void> {
  return eventOrClose(stream, 'drain')
}

/** Resolves when everything was handed to the system, or never will be. */
export async function finished(stream: Writable): Promise<void> {
  if (!stream.writableFinished) await eventOrClose(stream, 'finish')
}

/** Leaves no listener behind: a long body waits many thousand times. */
function eventOrClose(stream: Writable, event: 'drain' | 'finish'): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve()
    const done = (): void => {
      stream.off(event, done).off('close', done)
      resolve()
    }
    stream.on(event, done).on('close', done)
  })
}
