import type { DerivedCredentials } from '../egress/derived-credentials.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import type { Revision } from '../foundation/revision.ts'
import type { Derivation } from '../injection/derivation.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { RevealedSecret } from '../vault/vault.ts'
import type { MainPost } from './main-post.ts'

interface Held {
  readonly epoch: number
  readonly version: number
  readonly value: SecretValue
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
  readonly #held = new Map<string, Held>()
  readonly #asking = new Map<string, Promise<Held>>()

  constructor(post: MainPost, revision: Revision, now: () => Date) {
    this.#post = post
    this.#revision = revision
    this.#now = now
  }

  obtain({ grant }: RoutedGrant, { key }: Derivation): RevealedSecret | Promise<RevealedSecret> {
    const name = `${grant.id} ${key}`
    const held = this.#held.get(name)
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

  /** Wipes every credential, or those that are not of the present revision. */
  drop(which: 'all' | 'outdated'): void {
    const epoch = this.#revision.current()
    for (const [name, held] of this.#held) {
      if (which === 'outdated' && held.epoch === epoch && this.#now().getTime() < held.untilMs) continue
      held.value[Symbol.dispose]()
      this.#held.delete(name)
    }
  }

  async #ask(
    name: string,
    { id: grantId, sandboxId }: RoutedGrant['grant'],
    derivation: string,
    epoch: number,
  ): Promise<Held> {
    const { version, value, untilMs } = await this.#post.ask('value', { sandboxId, grantId, derivation })
    const held: Held = { epoch, version, value: new SecretValue(value), untilMs: untilMs ?? 0 }
    this.#held.get(name)?.value[Symbol.dispose]()
    this.#held.set(name, held)
    return held
  }
}

function copyOf({ version, value, untilMs }: Held): RevealedSecret {
  return { version, value: new SecretValue(value.use((bytes) => Uint8Array.from(bytes))), untilMs }
}
