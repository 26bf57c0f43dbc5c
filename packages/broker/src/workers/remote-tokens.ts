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
  usedAtMs: number
}

/** SECURITY: no credential is held for longer than this without being used, in milliseconds. */
const idleMs = 60_000
/** How often it is looked at. */
const lookEveryMs = idleMs / 4

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

  #timer: NodeJS.Timeout | undefined

  constructor(post: MainPost, revision: Revision, now: () => Date) {
    this.#post = post
    this.#revision = revision
    this.#now = now
  }

  obtain({ grant }: RoutedGrant, { key }: Derivation): RevealedSecret | Promise<RevealedSecret> {
    const name = `${grant.id} ${key}`
    const held = this.#held.get(name)
    const epoch = this.#revision.current()
    if (held?.epoch === epoch && this.#now().getTime() < held.untilMs) {
      held.usedAtMs = performance.now()
      return copyOf(held)
    }
    // What was asked for at another revision may be of a grant that has ended.
    const question = `${epoch} ${name}`
    const asking = this.#asking.get(question) ?? this.#ask(name, grant, key, epoch)
    this.#asking.set(question, asking)
    const over = (): void => void this.#asking.delete(question)
    asking.then(over, over)
    return asking.then(copyOf)
  }

  dismiss({ grant }: RoutedGrant, { key }: Derivation): void {
    this.#wipe(`${grant.id} ${key}`)
    const { id: grantId, sandboxId } = grant
    // Where nobody can be told, nothing is given out either.
    this.#post.ask('dismiss', { sandboxId, grantId, derivation: key }).catch(() => {})
  }

  /** Wipes every credential, or those that are not of the present revision. */
  drop(which: 'all' | 'outdated'): void {
    const epoch = this.#revision.current()
    for (const [name, held] of this.#held) if (which === 'all' || held.epoch !== epoch) this.#wipe(name)
  }

  async #ask(
    name: string,
    { id: grantId, sandboxId }: RoutedGrant['grant'],
    derivation: string,
    epoch: number,
  ): Promise<Held> {
    const { version, value, untilMs } = await this.#post.ask('value', { sandboxId, grantId, derivation })
    const held: Held = {
      epoch,
      version,
      value: new SecretValue(value),
      untilMs: untilMs ?? 0,
      usedAtMs: performance.now(),
    }
    this.#wipe(name)
    this.#held.set(name, held)
    this.#timer ??= setInterval(() => this.#dropIdle(), lookEveryMs).unref()
    return held
  }

  #wipe(name: string): void {
    this.#held.get(name)?.value[Symbol.dispose]()
    this.#held.delete(name)
  }

  #dropIdle(): void {
    // What would be too old at the next look goes at this one.
    const oldestMs = performance.now() - (idleMs - lookEveryMs)
    for (const [name, { usedAtMs }] of this.#held) if (usedAtMs < oldestMs) this.#wipe(name)
    if (this.#held.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function copyOf({ version, value, untilMs }: Held): RevealedSecret {
  return { version, value: new SecretValue(value.use((bytes) => Uint8Array.from(bytes))), untilMs }
}
