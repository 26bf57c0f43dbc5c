import { createSecureContext, type SecureContext } from 'node:tls'
import type { CertificateAuthority } from '../certificates/certificate-authority.ts'
import type { Clock } from '../foundation/clock.ts'
import { RecentMap } from '../foundation/recent-map.ts'
import type { MainPost } from './main-post.ts'

/** Contexts kept; the least recently used one gives way. */
const maxContexts = 256

interface Known {
  readonly context: SecureContext
  readonly renewAtMs: number
}

/** The authority of one sandbox, which is in the main thread: leaves and their key come from there. */
export class RemoteAuthority implements Pick<CertificateAuthority, 'contextFor'> {
  readonly #post: MainPost
  readonly #sandboxId: string
  readonly #clock: Clock
  readonly #known = new RecentMap<string, Known>(maxContexts)

  constructor(post: MainPost, sandboxId: string, clock: Clock) {
    this.#post = post
    this.#sandboxId = sandboxId
    this.#clock = clock
  }

  async contextFor(host: string): Promise<SecureContext> {
    const known = this.#known.get(host)
    const usable = known !== undefined && this.#clock.now().getTime() < known.renewAtMs
    const leaf = usable ? known : await this.#bring(host)
    this.#known.set(host, leaf)
    return leaf.context
  }

  async #bring(host: string): Promise<Known> {
    const leaf = await this.#post.ask('certificate', { sandboxId: this.#sandboxId, host })
    const { certificate, privateKey, renewAtMs } = leaf
    return { context: createSecureContext({ key: privateKey, cert: certificate, minVersion: 'TLSv1.2' }), renewAtMs }
  }
}
