import type { DerivedCredentials } from '../egress/derived-credentials.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import type { Revision } from '../foundation/revision.ts'
import type { Derivation } from '../injection/derivation.ts'
import { type HeldValue, HeldValues } from '../vault/held-values.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { RevealedSecret } from '../vault/vault.ts'
import type { MainPost } from './main-post.ts'

interface Held extends HeldValue {
  readonly version: number
  readonly untilMs: number
}

/**
 * Credentials that the main thread made, for the grants that this thread uses. SECURITY: what they are made from never comes here; each
 * was given out for a living grant, at one revision of the authority rows, and is asked for again at the next.
 */
export class RemoteTokens implements DerivedCredentials {
  readonly #post: MainPost
  readonly #revision: Revision
  readonly #now: () => Date
  readonly #held: HeldValues<Held>
  readonly #asking = new Map<string, Promise<Held>>()

  constructor(post: MainPost, revision: Revision, now: () => Date) {
    this.#post = post
    this.#revision = revision
    this.#held = new HeldValues(revision)
    this.#now = now
  }

  obtain({ grant }: RoutedGrant, { key }: Derivation): RevealedSecret | Promise<RevealedSecret> {
    const name = `${grant.id} ${key}`
    const held = this.#held.use(name)
    const epoch = this.#revision.current()
    if (held?.epoch === epoch && this.#now().getTime() < held.untilMs) return copyOf(held)
    // What was asked for at another revision may be of a grant that has ended.
    const question = `${epoch} ${name}`
    const asking = this.#asking.get(question) ?? this.#ask(name, grant, key, epoch)
    this.#asking.set(question, asking)
    const over = (): void => void this.#asking.delete(question)
    asking.then(over, over)
    return asking.then(copyOf)
  }

  dismiss({ grant }: RoutedGrant, { key }: Derivation): void {
    this.#held.wipe(`${grant.id} ${key}`)
    const { id: grantId, sandboxId } = grant
    // Where nobody can be told, nothing is given out either.
    this.#post.ask('dismiss', { sandboxId, grantId, derivation: key }).catch(() => {})
  }

  /** Wipes every credential, or those that are not of the present revision. */
  drop(which: 'all' | 'outdated'): void {
    this.#held.drop(which)
  }

  async #ask(
    name: string,
    { id: grantId, sandboxId }: RoutedGrant['grant'],
    derivation: string,
    epoch: number,
  ): Promise<Held> {
    const { version, value, untilMs } = await this.#post.ask('value', { sandboxId, grantId, derivation })
    const held = { epoch, version, value: new SecretValue(value), untilMs: untilMs ?? 0 }
    this.#held.set(name, held)
    return held
  }
}

function copyOf({ version, value, untilMs }: Held): RevealedSecret {
  return { version, value: value.copy(), untilMs }
}
