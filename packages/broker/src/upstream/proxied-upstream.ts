import type { Duplex } from 'node:stream'
import { CoatcheckError } from '@coatcheck/contract'
import type { Destination } from '../foundation/destination.ts'
import { dialTimeoutMs, withDialDeadline } from './dial-deadline.ts'
import { secureSocket } from './open-socket.ts'
import { openProxyTunnel } from './proxy-tunnel.ts'
import type { TrustStore } from './trust-store.ts'
import type { DialOptions, Upstream } from './upstream.ts'
import type { UpstreamProxy } from './upstream-proxy.ts'

/** What the upstream is built from. */
export interface ProxiedUpstreamOptions {
  readonly proxy: UpstreamProxy
  /** For pinned destinations and exceptions, which the proxy does not see. */
  readonly direct: Upstream
  /** Hosts that are reached without the proxy. */
  readonly isException: (host: string) => boolean
  readonly trust: TrustStore
  /** For the proxy's answer and the TLS handshake together; 10,000 when absent. */
  readonly timeoutMs?: number
}

/** Names that mean the proxy's own machine, or the service where it fetches its own credentials. */
const ownNames = /^(?:.*\.)?localhost$|^metadata(?:\.google\.internal)?$|^instance-data(?:\.ec2\.internal)?$/

/**
 * Dials services through a proxy of the operator's. The proxy resolves names, so the check of addresses is the proxy's;
 * TLS is spoken with the service itself, inside the tunnel.
 */
export class ProxiedUpstream implements Upstream {
  readonly #options: ProxiedUpstreamOptions

  constructor(options: ProxiedUpstreamOptions) {
    this.#options = options
  }

  async dial(destination: Destination, options: DialOptions, signal: AbortSignal): Promise<Duplex> {
    const { direct, isException, timeoutMs = dialTimeoutMs } = this.#options
    const { host } = destination
    // SECURITY: a pin names the address itself, so it is dialled and checked here; a proxy could choose another one.
    if (options.pin !== undefined || isException(host)) return direct.dial(destination, options, signal)
    // SECURITY: nobody here sees the address, so these are refused by name.
    if (ownNames.test(host)) throw new CoatcheckError('destination_ip_prohibited', { host })
    return withDialDeadline(host, timeoutMs, signal, (bounded) => this.#dial(destination, options, bounded))
  }

  async #dial(destination: Destination, options: DialOptions, signal: AbortSignal): Promise<Duplex> {
    const { proxy, trust } = this.#options
    const socket = await openProxyTunnel(proxy, destination, signal, options.untouched)
    if (options.transport === 'tcp') return socket
    // SECURITY: the identity of the client is shown to the service, inside the tunnel, and never to the proxy.
    const context = trust.contextFor(options.roots, options.identity)
    return secureSocket(socket, destination.host, context, signal, options.protocols)
  }
}
