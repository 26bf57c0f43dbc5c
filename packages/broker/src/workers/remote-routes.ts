import { CoatcheckError } from '@coatcheck/contract'
import type { Routes } from '../egress/routes.ts'
import type { Revision } from '../foundation/revision.ts'
import { textsOfPlaceholder } from '../foundation/signing-placeholder.ts'
import type { Grant } from '../sandbox/grant.ts'
import type { MainPost } from './main-post.ts'
import { routesFrom } from './sandbox-snapshot.ts'

/** What was fetched for a sandbox, or why it could not be. */
type Fetched = { readonly epoch: number } & ({ readonly routes: Routes } | { readonly error: unknown })

/** Sandboxes whose routes are kept; the one that was fetched first gives way. */
const maxSandboxes = 4_096

/** The routes of sandboxes, as the main thread last compiled them. */
export class RemoteRoutes {
  readonly #post: MainPost
  readonly #revision: Revision
  readonly #fetched = new Map<string, Fetched>()
  readonly #bringing = new Map<string, { readonly epoch: number; readonly done: Promise<void> }>()
  /** Grants of the kept routes, by placeholder. */
  readonly #own = new Map<string, Grant>()

  constructor(post: MainPost, revision: Revision) {
    this.#post = post
    this.#revision = revision
  }

  /** Fetches the routes of a sandbox where those that are kept are out of date. Never rejects: `routesOf` throws then. */
  bring(sandboxId: string): Promise<void> | undefined {
    const epoch = this.#revision.current()
    const known = this.#fetched.get(sandboxId)
    if (known?.epoch === epoch && 'routes' in known) return undefined
    const pending = this.#bringing.get(sandboxId)
    if (pending?.epoch === epoch) return pending.done
    const done = this.#bring(sandboxId, epoch).finally(() => {
      if (this.#bringing.get(sandboxId)?.done === done) this.#bringing.delete(sandboxId)
    })
    this.#bringing.set(sandboxId, { epoch, done })
    return done
  }

  /** As of the last `bring`. @throws CoatcheckError as that met, or `internal` when there was none */
  routesOf(sandboxId: string): Routes {
    const known = this.#fetched.get(sandboxId)
    if (known === undefined) throw new CoatcheckError('internal')
    if ('error' in known) throw known.error
    return known.routes
  }

  /** The grant of a placeholder, where it is one of a sandbox whose routes are kept. */
  ownGrant(placeholder: string): Grant | undefined {
    return this.#own.get(placeholder)
  }

  forget(sandboxId: string): void {
    const known = this.#fetched.get(sandboxId)
    this.#fetched.delete(sandboxId)
    if (known === undefined || 'error' in known) return
    for (const placeholder of known.routes.placeholders) this.#own.delete(placeholder)
  }

  clear(): void {
    this.#fetched.clear()
    this.#own.clear()
  }

  async #bring(sandboxId: string, epoch: number): Promise<void> {
    try {
      const routes = routesFrom(await this.#post.ask('routes', { sandboxId }))
      this.#keep(sandboxId, { epoch, routes })
    } catch (error) {
      this.#keep(sandboxId, { epoch, error })
    }
  }

  #keep(sandboxId: string, fetched: Fetched): void {
    const known = this.#fetched.get(sandboxId)
    if (known !== undefined && known.epoch > fetched.epoch) return
    this.forget(sandboxId)
    if (this.#fetched.size >= maxSandboxes) this.forget(this.#fetched.keys().next().value!)
    this.#fetched.set(sandboxId, fetched)
    if ('error' in fetched) return
    for (const { grant, placeholder } of fetched.routes.grants) {
      for (const text of textsOfPlaceholder(placeholder)) this.#own.set(text, grant)
    }
  }
}
