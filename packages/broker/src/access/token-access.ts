import { timingSafeEqual } from 'node:crypto'
import { CoatcheckError, type CreatedToken, type TokenCreate, type TokenView } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { Token } from './token.ts'
import type { TokenStore } from './token-store.ts'
import { newTokenText, parseTokenText } from './token-text.ts'

const daySeconds = 24 * 60 * 60
const usualTtlSeconds = 30 * daySeconds
/** How long the list goes on showing a token that has expired. */
const keptExpiredMs = 30 * daySeconds * 1000
/** Compared against when there is no such token, so that finding one and finding none cost the same. */
const noHash = '0'.repeat(64)

/** Issues tokens of the management API, and says whom a presented one stands for. */
export class TokenAccess {
  readonly #store: TokenStore
  readonly #clock: Clock

  constructor(store: TokenStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** The reply holds the token's text, which is not kept. @throws CoatcheckError `vault_locked` */
  issue(project: string, { name, role, ttlSeconds = usualTtlSeconds }: TokenCreate): CreatedToken {
    const now = this.#clock.now().getTime()
    this.#store.removeExpired(new Date(now - keptExpiredMs).toISOString())
    const id = newIdentifier('tok')
    const { text, secretHash } = newTokenText(id)
    const createdAt = new Date(now).toISOString()
    const expiresAt = new Date(now + ttlSeconds * 1000).toISOString()
    const token = { id, project, name, role, secretHash, createdAt, expiresAt }
    this.#store.create(token)
    return { ...this.#view(token), token: text }
  }

  /**
   * The token that a text is, as it stands now: role and expiry are read at each use.
   * @throws CoatcheckError `token_invalid` | `row_tampered` | `vault_locked`
   */
  authenticate(project: string, text: string): Token {
    const presented = parseTokenText(text)
    if (presented === undefined) throw new CoatcheckError('token_invalid')
    const token = this.#store.find(presented.id)
    // SECURITY: compared in constant time, and whether or not there is such a token; one answer for every reason.
    const isSame = timingSafeEqual(
      Buffer.from(presented.secretHash, 'hex'),
      Buffer.from(token?.secretHash ?? noHash, 'hex'),
    )
    if (token === undefined || !isSame || !this.#isGood(token, project)) throw new CoatcheckError('token_invalid')
    this.#store.touch(token.id, this.#clock.now().toISOString())
    return token
  }

  /** The token as it stands now, unless it was revoked or has expired. @throws CoatcheckError `row_tampered` | `vault_locked` */
  findLiving(project: string, tokenId: string): Token | undefined {
    const token = this.#store.find(tokenId)
    return token !== undefined && this.#isGood(token, project) ? token : undefined
  }

  /** @throws CoatcheckError `token_not_found` */
  get(project: string, tokenId: string): TokenView {
    const token = this.#store.find(tokenId)
    // SECURITY: a token of another project does not exist.
    if (token === undefined || token.project !== project) throw new CoatcheckError('token_not_found')
    return this.#view(token)
  }

  list(project: string, limit: number, cursor: string | null): readonly TokenView[] {
    return this.#store.list(project, limit, cursor).map((token) => this.#view(token))
  }

  /** From now on nobody gets in with it. @throws CoatcheckError `token_not_found` */
  revoke(project: string, tokenId: string): TokenView {
    const revoked = this.get(project, tokenId)
    this.#store.remove(tokenId)
    return revoked
  }

  #isGood({ project, expiresAt }: Token, expected: string): boolean {
    return project === expected && this.#clock.now().getTime() < Date.parse(expiresAt)
  }

  #view({ id, name, role, createdAt, expiresAt }: Token): TokenView {
    return { id, name, role, createdAt, expiresAt, lastUsedAt: this.#store.lastUsedAt(id) }
  }
}
