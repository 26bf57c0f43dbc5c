import { CoatcheckError } from '@coatcheck/contract'
import type { Revision } from '../foundation/revision.ts'
import type { Grant } from '../sandbox/grant.ts'
import { type HeldValue, HeldValues, longestHeldMs } from '../vault/held-values.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { RevealedSecret } from '../vault/vault.ts'
import type { MainPost } from './main-post.ts'

interface Held extends RevealedSecret, HeldValue {
  readonly value: SecretValue
  /** Grants for which the main thread gave it out. */
  readonly grantIds: ReadonlySet<string>
  readonly sinceMs: number
}

/** What a value is asked for with. */
type UsedGrant = Pick<Grant, 'id' | 'sandboxId' | 'secretId'>

/** How often the values of one request are asked for at most, while authority changes. */
const maxTurns = 4

/**
 * The values that this thread uses, one for each secret. SECURITY: each was given out by the main thread for a living grant, at
 * one revision of the authority rows; at the next, it is asked for again.
 */
export class RemoteValues {
  readonly #post: MainPost
  readonly #revision: Revision
  /** By the id of the secret. */
  readonly #held: HeldValues<Held>
  readonly #errors = new Map<string, unknown>()

  constructor(post: MainPost, revision: Revision) {
    this.#post = post
    this.#revision = revision
    this.#held = new HeldValues(revision)
  }

  /** Fetches what `reveal` is going to be asked for. Never rejects: `reveal` throws then. */
  bring(grants: readonly UsedGrant[]): Promise<void> | undefined {
    return this.#missing(grants).length === 0 ? undefined : this.#bring(grants)
  }

  /** A copy, for one request. @throws CoatcheckError as the main thread did */
  reveal(secretId: string): RevealedSecret {
    const held = this.#held.use(secretId)
    if (held === undefined) throw this.#errors.get(secretId) ?? new CoatcheckError('secret_not_found')
    return {
      version: held.version,
      value: held.value.copy(),
      ...(held.untilMs !== undefined && { untilMs: held.untilMs }),
      ...(held.trial !== undefined && { trial: held.trial }),
    }
  }

  /** Wipes what a service did not take, and has the main thread know of it. */
  dismiss({ id: grantId, sandboxId, secretId }: UsedGrant): void {
    this.#held.wipe(secretId)
    // Where nobody can be told, nothing is given out either.
    this.#post.ask('dismiss', { sandboxId, grantId }).catch(() => {})
  }

  /** Wipes every value, or those that are not of the present revision. */
  drop(which: 'all' | 'outdated'): void {
    this.#held.drop(which)
    this.#errors.clear()
  }

  /** What came first may be dropped over a change while the rest is under way. */
  async #bring(grants: readonly UsedGrant[]): Promise<void> {
    for (let turn = 0; turn < maxTurns; turn++) {
      const epoch = this.#revision.current()
      await Promise.all(this.#missing(grants).map((grant) => this.#ask(grant, epoch)))
      if (grants.every(({ secretId }) => this.#held.peek(secretId) !== undefined || this.#errors.has(secretId))) return
    }
  }

  #missing(grants: readonly UsedGrant[]): readonly UsedGrant[] {
    const epoch = this.#revision.current()
    return grants.filter(({ id, secretId }) => {
      const held = this.#held.peek(secretId)
      if (held?.epoch !== epoch || !held.grantIds.has(id)) return true
      return (held.untilMs ?? Infinity) <= Date.now() || performance.now() - held.sinceMs > longestHeldMs
    })
  }

  async #ask({ id, sandboxId, secretId }: UsedGrant, epoch: number): Promise<void> {
    try {
      const { value, ...answer } = await this.#post.ask('value', { sandboxId, grantId: id })
      const before = this.#held.peek(secretId)
      const others = before?.epoch === epoch ? before.grantIds : []
      const grantIds = new Set([...others, id])
      this.#held.set(secretId, {
        ...answer,
        value: new SecretValue(value),
        epoch,
        grantIds,
        sinceMs: performance.now(),
      })
      this.#errors.delete(secretId)
    } catch (error) {
      this.#held.wipe(secretId)
      this.#errors.set(secretId, error)
    }
  }
}
