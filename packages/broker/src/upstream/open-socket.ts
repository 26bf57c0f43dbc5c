import { connect, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { CoatcheckError } from '@coatcheck/contract'
import { refusesCertificate } from './refuses-certificate.ts'

/**
 * A TCP connection to an address that was checked, or that the operator wrote. Rejects with the socket's error.
 * @param untouched nothing is read from it, or what this says is
 */
export async function openSocket(
  host: string,
  port: number,
  signal: AbortSignal,
  untouched?: boolean | OnReadOpts,
): Promise<Socket> {
  const onread = typeof untouched === 'object' ? { onread: untouched } : {}
  const socket = connect({ host, port, noDelay: true, keepAlive: true, ...onread })
  if (untouched === true) socket.pause()
  await opened(socket, 'connect', signal)
  return socket
}

/**
 * Verified TLS for `host` over a connection that is open.
 * @throws CoatcheckError `upstream_tls_untrusted` | `upstream_certificate_refused` | `upstream_unreachable`
 */
export async function secureSocket(
  socket: Socket,
  host: string,
  secureContext: SecureContext,
  signal: AbortSignal,
  protocols: readonly string[] = ['http/1.1'],
): Promise<TLSSocket> {
  const secure = connectTls({
    socket,
    servername: host,
    secureContext,
    ALPNProtocols: [...protocols],
    // SECURITY: said here, so that NODE_TLS_REJECT_UNAUTHORIZED does not decide (SEC-05).
    rejectUnauthorized: true,
  })
  try {
    await opened(secure, 'secureConnect', signal)
    return secure
  } catch (cause) {
    signal.throwIfAborted()
    const reason = reasonOf(cause)
    const failure = refusesCertificate(reason) ? 'upstream_certificate_refused' : 'upstream_unreachable'
    // Set by Node when it was the service's certificate that failed, null when it was the connection.
    const code = secure.authorizationError ? 'upstream_tls_untrusted' : failure
    throw new CoatcheckError(code, { host, reason }, { cause })
  }
}

/** What a failed connection may tell: the code of its error. */
export function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'connection closed'
}

/** Waits for a socket's event; a socket that fails, closes or is aborted first is destroyed. */
async function opened(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const close = () => reject(new Error('closed by the other side'))
  const abort = () => reject(signal.reason)
  socket.once(event, resolve).once('error', reject).once('close', close)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    await promise
  } catch (error) {
    // Errors of a socket that nobody holds any more are of no interest, and would end the process.
    socket.on('error', () => {}).destroy()
    throw error
  } finally {
    socket.off(event, resolve).off('error', reject).off('close', close)
    signal.removeEventListener('abort', abort)
  }
}
