import { RefusedError, refuse } from '../egress/refusal.ts'
import { candidateTokens, maxCandidateTokens } from '../egress/stages/candidate-tokens.ts'
import { RecentMap } from '../foundation/recent-map.ts'
import type { Revision } from '../foundation/revision.ts'
import type { RequestHead } from '../injection/request-head.ts'
import { isDecoy, type Placed } from '../sandbox/decoy.ts'
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
  readonly #known = new RecentMap<string, { readonly epoch: number; readonly placed: Placed | null }>(maxKnown)

  constructor(post: MainPost, revision: Revision, routes: Pick<RemoteRoutes, 'ownGrant'>) {
    this.#post = post
    this.#revision = revision
    this.#routes = routes
  }

  /** Asks about what stands in a head, where that is not known. Never rejects: `lookup` throws then. */
  bring(head: RequestHead): Promise<void> | undefined {
    const epoch = this.#revision.current()
    const texts = candidateTokens(head, maxAsked).filter(
      (text) => this.#routes.ownGrant(text) === undefined && !this.#isSettled(text, epoch),
    )
    return texts.length === 0 ? undefined : this.#ask(texts, epoch)
  }

  /** SECURITY: what was not asked about may be anybody's, so a request that has it goes nowhere. @throws RefusedError */
  lookup(text: string): Placed | undefined {
    const own = this.#routes.ownGrant(text)
    if (own !== undefined) return own
    const known = this.#known.get(text)
    if (known === undefined) throw new RefusedError(refuse('secret_unavailable'))
    return known.placed ?? undefined
  }

  /** Decoys are asked about each time: the main thread takes note of when they are met. */
  #isSettled(text: string, epoch: number): boolean {
    const known = this.#known.get(text)
    return known?.epoch === epoch && (known.placed === null || !isDecoy(known.placed))
  }

  async #ask(texts: readonly string[], epoch: number): Promise<void> {
    for (const text of texts) this.#known.delete(text)
    try {
      const found = await this.#post.ask('lookup', { texts })
      for (const [index, text] of texts.entries()) this.#known.set(text, { epoch, placed: found[index] ?? null })
    } catch {
      // `lookup` refuses what it was told nothing of.
    }
  }
}
