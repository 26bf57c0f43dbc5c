import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { RecentMap } from '../foundation/recent-map.ts'

/** Contexts kept for scopes with roots of their own. */
const maxContexts = 32

/** The roots that upstream certificates are verified against. */
export class TrustStore {
  readonly #extraRoots: string
  /** By further roots. */
  readonly #contexts = new RecentMap<string, SecureContext>(maxContexts)

  /** `extraRoots`, PEM, are trusted for every service, beside the machine's. */
  constructor(extraRoots = '') {
    this.#extraRoots = extraRoots
  }

  /** A context that trusts the machine's roots, those for every service, and the further ones, PEM. */
  contextFor(roots = ''): SecureContext {
    const context = this.#contexts.get(roots) ?? createContext([this.#extraRoots, roots])
    this.#contexts.set(roots, context)
    return context
  }
}

function createContext(further: readonly string[]): SecureContext {
  // SECURITY: named sets instead of Node's default one, which NODE_EXTRA_CA_CERTS and command-line flags widen.
  const system = getCACertificates('system')
  const own = system.length > 0 ? system : getCACertificates('bundled')
  const ca = [...own, ...further.filter((roots) => roots !== '')]
  return createSecureContext({ ca: [...new Set(ca)], minVersion: 'TLSv1.2' })
}
