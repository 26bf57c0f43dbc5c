import { RefusedError, refuse } from '../egress/refusal.ts'
import { candidateTokens, maxCandidateTokens } from '../egress/stages/candidate-tokens.ts'
import { RecentMap } from '../foundation/recent-map.ts'
import type { Revision } from '../foundation/revision.ts'
import type { RequestHead } from '../injection/request-head.ts'
import type { Grant } from '../sandbox/grant.ts'
import type { MainPost } from './main-post.ts'
import type { RemoteRoutes } from './remote-routes.ts'

/** Texts about which the main thread's word is kept; the oldest gives way. */
const maxKnown = 8_192
/** What is taken off a head before it is judged makes room for others, so that more are asked about than are looked up. */
const maxAsked = 2 * maxCandidateTokens

/** Whose placeholders the texts are that look like one, as the main thread says. */
export class RemotePlaceholders {
  readonly #post: MainPost
  readonly #revision: Revision
  readonly #routes: Pick<RemoteRoutes, 'ownGrant'>
  readonly #known = new RecentMap<string, { readonly epoch: number; readonly grant: Grant | null }>(maxKnown)

  constructor(post: MainPost, revision: Revision, routes: Pick<RemoteRoutes, 'ownGrant'>) {
    this.#post = post
    this.#revision = revision
    this.#routes = routes
  }

  /** Asks about what stands in a head, where that is not known. Never rejects: `lookup` throws then. */
  bring(head: RequestHead): Promise<void> | undefined {
    const epoch = this.#revision.current()
    const texts = candidateTokens(head, maxAsked).filter(
      (text) => this.#routes.ownGrant(text) === undefined && this.#known.get(text)?.epoch !== epoch,
    )
    return texts.length === 0 ? undefined : this.#ask(texts, epoch)
  }

  /** SECURITY: what was not asked about may be anybody's, so a request that has it goes nowhere. @throws RefusedError */
  lookup(text: string): Grant | undefined {
    const own = this.#routes.ownGrant(text)
    if (own !== undefined) return own
    const known = this.#known.get(text)
    if (known === undefined) throw new RefusedError(refuse('secret_unavailable'))
    return known.grant ?? undefined
  }

  async #ask(texts: readonly string[], epoch: number): Promise<void> {
    for (const text of texts) this.#known.delete(text)
    try {
      const grants = await this.#post.ask('lookup', { texts })
      for (const [index, text] of texts.entries()) this.#known.set(text, { epoch, grant: grants[index] ?? null })
    } catch {
      // `lookup` refuses what it was told nothing of.
    }
  }
}
