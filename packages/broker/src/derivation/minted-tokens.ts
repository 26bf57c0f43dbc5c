import { CoatcheckError } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import type { Revision } from '../foundation/revision.ts'
import type { Minting } from '../injection/derivation.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Secret } from '../vault/secret.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import { askTokenEndpoint } from './ask-token-endpoint.ts'
import { DerivationRecord } from './derivation-record.ts'
import { reachOf } from './reach-of.ts'

/** A credential that was made for one grant. */
export interface MintedToken {
  readonly grant: RoutedGrant
  /** What it was made from. */
  readonly secret: Secret
  readonly minting: Minting
  /** A copy, which is wiped when it is given back or forgotten. */
  readonly value: SecretValue
}

/** Says when a grant is over. */
export interface GrantWatch {
  readonly revision: Revision
  /** @throws CoatcheckError where nobody can say */
  isLiving(grantId: string): boolean
}

/** What minted tokens are looked after with. */
export interface MintedTokensParts {
  readonly audit: AuditLog
  readonly upstream: Upstream
  readonly watch: GrantWatch
  /** The grant of a token is over, and the token with it. */
  readonly onEnded: (name: string) => void
}

/** How often it is asked whether their grants live, where rows have changed. */
const lookEveryMs = 1_000
/** In this many looks, once also where none has: grants expire. */
const looksAtMost = 10
/** A service that is told to forget a token has this long. */
const timeoutMs = 3_000

/**
 * The tokens that grants have of their own, by name. When a grant is over, its token is given back to the service that made it,
 * where that takes it: once, and nothing waits for it.
 */
export class MintedTokens {
  readonly #parts: MintedTokensParts
  readonly #tokens = new Map<string, MintedToken>()
  readonly #underWay = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #seen = -1
  #looks = 0

  constructor(parts: MintedTokensParts) {
    this.#parts = parts
  }

  /** Takes a token in, in the place of the one before. */
  add(name: string, token: MintedToken): void {
    const before = this.#tokens.get(name)
    this.#tokens.set(name, token)
    // Its grant may have ended while it was being made.
    this.#seen = -1
    // One that came before in the usual way is about to end by itself.
    if (before !== undefined && before.secret.version === token.secret.version) before.value[Symbol.dispose]()
    else if (before !== undefined) this.giveBack(before)
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs).unref()
  }

  /** Tells the service that a token is not needed any longer, and wipes it. */
  giveBack(token: MintedToken): void {
    const done = this.#revoke(token).finally(() => {
      token.value[Symbol.dispose]()
      this.#underWay.delete(done)
    })
    this.#underWay.add(done)
  }

  /** Wipes every token, and tells nobody. */
  forget(): void {
    for (const { value } of this.#tokens.values()) value[Symbol.dispose]()
    this.#tokens.clear()
    this.#stop()
  }

  /** Gives every token back. */
  async close(): Promise<void> {
    for (const token of this.#tokens.values()) this.giveBack(token)
    this.#tokens.clear()
    this.#stop()
    await Promise.allSettled(this.#underWay)
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const { onEnded, watch } = this.#parts
    try {
      const revision = watch.revision.current()
      this.#looks = (this.#looks + 1) % looksAtMost
      if (revision === this.#seen && this.#looks > 0) return
      for (const [name, token] of this.#tokens) {
        if (watch.isLiving(token.grant.grant.id)) continue
        this.#tokens.delete(name)
        onEnded(name)
        this.giveBack(token)
      }
      this.#seen = revision
    } catch (error) {
      // A locked vault says nothing of its rows; it has had every token wiped, too.
      if (!(error instanceof CoatcheckError)) throw error
    }
    if (this.#tokens.size === 0) this.#stop()
  }

  /** Never rejects. */
  async #revoke({ grant, secret, minting: { revoke }, value }: MintedToken): Promise<void> {
    if (revoke === undefined) return
    const { audit, upstream } = this.#parts
    const { endpoint } = revoke
    try {
      const record = new DerivationRecord(audit, grant, secret, endpoint, { method: 'DELETE' })
      await record.begin()
      try {
        const question = value.use((bytes) => revoke.ask(Buffer.from(bytes).toString('latin1')))
        const signal = AbortSignal.timeout(timeoutMs)
        const { status } = await askTokenEndpoint(upstream, endpoint, question, reachOf(grant, endpoint), signal)
        if (status >= 200 && status < 300) await record.completed(status, secret)
        else await record.refused(new CoatcheckError('token_unavailable', { reason: `status ${status}` }), status)
      } catch (error) {
        const known = error instanceof CoatcheckError ? error : new CoatcheckError('upstream_timeout')
        await record.refused(known)
      }
    } catch {
      // The journal is failing: nothing is dialled then, and the token ends by itself.
    }
  }
}
