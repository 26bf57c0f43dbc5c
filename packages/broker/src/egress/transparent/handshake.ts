import type { TLSSocket } from 'node:tls'

/** No client needs longer for its handshake. */
const deadlineMs = 15_000

/** Waits for the TLS handshake of a client. Resolves with what went wrong, if something did; the socket is closed then. */
export function handshake(socket: TLSSocket): Promise<string | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve('timeout')
      socket.destroy()
    }, deadlineMs)
    timer.unref()
    socket
      .once('secure', () => {
        clearTimeout(timer)
        resolve(undefined)
      })
      // Stays: an error without a listener would end the process.
      .on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => resolve(code))
      .once('close', () => {
        clearTimeout(timer)
        resolve('closed')
      })
  })
}
