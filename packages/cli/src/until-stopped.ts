import type { Session } from './session.ts'

/** Follows something until the person stops it or the reader of our output goes away: the signal is aborted then. */
export async function untilStopped(session: Session, follow: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  // Ctrl-C is how following ends; it is no failure.
  const end = (): void => stop.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  session.surroundings.stdout.once('error', end)
  await follow(stop.signal)
  process.off('SIGINT', end)
  process.off('SIGTERM', end)
}
