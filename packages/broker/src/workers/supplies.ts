import type { Errands } from '../egress/errands.ts'
import type { Attachment } from '../egress/exchange.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import type { RequestHead } from '../injection/request-head.ts'
import type { MainPost } from './main-post.ts'
import { RemotePlaceholders } from './remote-placeholders.ts'
import { RemoteRoutes } from './remote-routes.ts'
import { RemoteTokens } from './remote-tokens.ts'
import { RemoteValues } from './remote-values.ts'
import type { SharedRevision } from './shared-revision.ts'

/** Fetches from the main thread what this one decides from. */
export class Supplies implements Errands {
  readonly routes: RemoteRoutes
  readonly placeholders: RemotePlaceholders
  readonly tokens: RemoteTokens
  readonly values: RemoteValues
  readonly #post: MainPost
  readonly #revision: SharedRevision
  /** A look that was asked for, and has not been answered. */
  #looking: Promise<void> | undefined
  /** The revision that was fetched for last. */
  #epoch = 0

  constructor(post: MainPost, revision: SharedRevision, now: () => Date) {
    this.#post = post
    this.#revision = revision
    this.routes = new RemoteRoutes(post, revision)
    this.placeholders = new RemotePlaceholders(post, revision, this.routes)
    this.tokens = new RemoteTokens(post, revision, now)
    this.values = new RemoteValues(post, revision)
  }

  async look(sandboxId: string): Promise<void> {
    // SECURITY: one that is under way already may have looked a moment too early.
    await this.#ask()
    await this.#bring(sandboxId)
  }

  prepare(sandboxId: string, head?: RequestHead): Promise<void> | undefined {
    if (this.#revision.isRecent()) return this.#bring(sandboxId, head)
    this.#looking ??= this.#ask().finally(() => {
      this.#looking = undefined
    })
    return this.#looking.then(() => this.#bring(sandboxId, head))
  }

  fetchValues(attachments: readonly Attachment[]): Promise<void> | undefined {
    const stored = attachments.filter(({ scope }) => scope.injection.derivation === undefined)
    return stored.length === 0 ? undefined : this.values.bring(stored.map(({ grant }) => grant.grant))
  }

  dismissValue({ grant }: RoutedGrant): void {
    this.values.dismiss(grant)
  }

  /** Wipes every value, or those that are not of the present revision. */
  dropValues(which: 'all' | 'outdated'): void {
    this.values.drop(which)
    this.tokens.drop(which)
  }

  /** SECURITY: where nobody can say what changed, nothing that is known here holds any longer. */
  #ask(): Promise<void> {
    return this.#post.ask('look', null).then(
      () => {},
      () => this.routes.clear(),
    )
  }

  #bring(sandboxId: string, head?: RequestHead): Promise<void> | undefined {
    this.#dropOutdated()
    const fetching = this.routes.bring(sandboxId)
    if (head === undefined) return fetching
    return fetching === undefined ? this.placeholders.bring(head) : fetching.then(() => this.placeholders.bring(head))
  }

  /** SECURITY: values do not outlive the revision that they were given out at. Whoever is about to use one has it by then. */
  #dropOutdated(): void {
    const epoch = this.#revision.current()
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    setImmediate(() => this.dropValues('outdated'))
  }
}
