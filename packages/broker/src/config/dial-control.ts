import { isIP } from 'node:net'
import type { DialControl } from '../sources/source-kind.ts'
import type { Upstream } from '../upstream/upstream.ts'

/**
 * The way to the services of the operator's own configuration. SECURITY: nothing that a sandbox or the API says decides where it leads.
 * Private addresses are open to it; the broker's own doors and the metadata services of machines are not.
 */
export function dialControl(upstream: Upstream, roots: string | undefined): DialControl {
  return (url, signal) => {
    const isTls = url.protocol === 'https:'
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const destination = {
      scheme: isTls ? 'https' : 'http',
      host,
      port: Number(url.port) || (isTls ? 443 : 80),
    } as const
    const options = {
      allowPrivate: true,
      // An address is not resolved.
      ...(isIP(host) !== 0 && { pin: { address: host } }),
      ...(roots !== undefined && { roots }),
      transport: isTls ? 'tls' : 'tcp',
    } as const
    return upstream.dial(destination, options, signal)
  }
}
