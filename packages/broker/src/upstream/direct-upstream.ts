import { connect as connectTcp, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { CoatcheckError } from '@coatcheck/contract'
import type { Destination } from '../foundation/destination.ts'
import { AddressCheck, type OwnEndpoint } from './address-check.ts'
import type { Resolver } from './resolver.ts'
import { TrustStore } from './trust-store.ts'
import type { DialOptions, Upstream } from './upstream.ts'

/** What the upstream is built from. */
export interface DirectUpstreamOptions {
  readonly resolver: Resolver
  /** Never dialled, whatever a scope allows; read at every dial. */
  readonly ownEndpoints?: readonly OwnEndpoint[]
  /** For resolving, connecting and the TLS handshake together; 10,000 when absent. */
  readonly timeoutMs?: number
}

/** Addresses tried for one connection; each gets an equal share of the time. */
const maxAttempts = 3

/** Dials services itself, without a further proxy. */
export class DirectUpstream implements Upstream {
  readonly #resolver: Resolver
  readonly #addresses: AddressCheck
  readonly #timeoutMs: number
  readonly #trust = new TrustStore()

  constructor({ resolver, ownEndpoints = [], timeoutMs = 10_000 }: DirectUpstreamOptions) {
    this.#resolver = resolver
    this.#addresses = new AddressCheck(ownEndpoints)
    this.#timeoutMs = timeoutMs
  }

  async dial(destination: Destination, options: DialOptions, signal: AbortSignal): Promise<Duplex> {
    signal.throwIfAborted()
    const deadline = AbortSignal.timeout(this.#timeoutMs)
    try {
      return await this.#dial(destination, options, AbortSignal.any([signal, deadline]))
    } catch (error) {
      signal.throwIfAborted()
      if (deadline.aborted) throw new CoatcheckError('upstream_timeout', { host: destination.host }, { cause: error })
      throw error
    }
  }

  async #dial(destination: Destination, options: DialOptions, signal: AbortSignal): Promise<Duplex> {
    const { host } = destination
    const port = options.pin?.port ?? destination.port
    const addresses = await this.#addressesOf(host, port, options, signal)
    const socket = await this.#connect(host, port, addresses, signal)
    return options.transport === 'tcp' ? socket : this.#secure(socket, host, options.roots, signal)
  }

  /** SECURITY: resolved once; every answer must pass, so that no second look-up and no second answer is ever dialled. */
  async #addressesOf(
    host: string,
    port: number,
    options: DialOptions,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { pin, allowPrivate = false } = options
    const addresses = pin === undefined ? await this.#resolver.resolve(host, signal) : [pin.address]
    if (addresses.length === 0) throw new CoatcheckError('destination_unresolved', { host })
    for (const address of addresses) {
      const prohibition = this.#addresses.prohibition(address, port, { allowPrivate, pinned: pin !== undefined })
      if (prohibition === undefined) continue
      // The facts may reach the sandbox, which must not learn internal addresses; the cause stays in the broker.
      const cause = new Error(`${address} is ${prohibition}`)
      throw new CoatcheckError('destination_ip_prohibited', { host }, { cause })
    }
    return addresses.slice(0, maxAttempts)
  }

  async #connect(host: string, port: number, addresses: readonly string[], signal: AbortSignal): Promise<Socket> {
    let cause: unknown
    let timedOut = false
    for (const address of addresses) {
      const attempt = AbortSignal.timeout(this.#timeoutMs / addresses.length)
      const socket = connectTcp({ host: address, port, noDelay: true, keepAlive: true })
      try {
        await opened(socket, 'connect', AbortSignal.any([signal, attempt]))
        return socket
      } catch (error) {
        signal.throwIfAborted()
        cause = error
        timedOut = attempt.aborted
      }
    }
    if (timedOut) throw new CoatcheckError('upstream_timeout', { host }, { cause })
    throw new CoatcheckError('upstream_unreachable', { host, reason: reasonOf(cause) }, { cause })
  }

  async #secure(socket: Socket, host: string, roots: string | undefined, signal: AbortSignal): Promise<TLSSocket> {
    const secure = connectTls({
      socket,
      servername: host,
      secureContext: this.#trust.contextFor(roots),
      ALPNProtocols: ['http/1.1'],
      // SECURITY: said here, so that NODE_TLS_REJECT_UNAUTHORIZED does not decide (SEC-05).
      rejectUnauthorized: true,
    })
    try {
      await opened(secure, 'secureConnect', signal)
      return secure
    } catch (cause) {
      signal.throwIfAborted()
      // Set by Node when it was the certificate that failed, null when it was the connection.
      const code = secure.authorizationError ? 'upstream_tls_untrusted' : 'upstream_unreachable'
      throw new CoatcheckError(code, { host, reason: reasonOf(cause) }, { cause })
    }
  }
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

function reasonOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'connection closed'
}
