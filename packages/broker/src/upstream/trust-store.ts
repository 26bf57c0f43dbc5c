import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import type { ClientIdentity } from '../foundation/client-identity.ts'
import { RecentMap } from '../foundation/recent-map.ts'

/** Contexts kept for scopes with roots of their own. */
const maxContexts = 32

type Contexts = RecentMap<string, SecureContext>

/** The roots that upstream certificates are verified against. */
export class TrustStore {
  readonly #extraRoots: string
  /** By further roots. */
  readonly #contexts: Contexts = new RecentMap(maxContexts)
  /** SECURITY: a private key is kept for as long as whoever gave it does. */
  readonly #identified = new WeakMap<ClientIdentity, Contexts>()

  /** `extraRoots`, PEM, are trusted for every service, beside the machine's. */
  constructor(extraRoots = '') {
    this.#extraRoots = extraRoots
  }

  /** A context that trusts the machine's roots, those for every service, and the further ones, PEM; it shows the identity. */
  contextFor(roots = '', identity?: ClientIdentity): SecureContext {
    const contexts = identity === undefined ? this.#contexts : this.#contextsOf(identity)
    const context = contexts.get(roots) ?? createContext([this.#extraRoots, roots], identity)
    contexts.set(roots, context)
    return context
  }

  #contextsOf(identity: ClientIdentity): Contexts {
    const known = this.#identified.get(identity)
    if (known !== undefined) return known
    const contexts: Contexts = new RecentMap(maxContexts)
    this.#identified.set(identity, contexts)
    return contexts
  }
}

function createContext(further: readonly string[], identity: ClientIdentity | undefined): SecureContext {
  // SECURITY: named sets instead of Node's default one, which NODE_EXTRA_CA_CERTS and command-line flags widen.
  const system = getCACertificates('system')
  const own = system.length > 0 ? system : getCACertificates('bundled')
  const ca = [...own, ...further.filter((roots) => roots !== '')]
  const shown = identity === undefined ? {} : { cert: identity.certificates, key: identity.key }
  return createSecureContext({ ...shown, ca: [...new Set(ca)], minVersion: 'TLSv1.2' })
}
