/** Ends the command when this process is told to end. */
const forwarded: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT']

/** A terminal sends these to the command itself as well. */
const sentByTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT']

/** Hands the signals of this process on to a command; returns what puts things back. */
export function forwardSignals(kill: (signal: NodeJS.Signals) => void, hasTerminal: boolean): () => void {
  const handlers = forwarded.map((signal) => {
    const isDouble = hasTerminal && sentByTerminal.includes(signal)
    const handler = (): void => {
      if (!isDouble) kill(signal)
    }
    process.on(signal, handler)
    return () => void process.off(signal, handler)
  })
  return () => {
    for (const restore of handlers) restore()
  }
}
