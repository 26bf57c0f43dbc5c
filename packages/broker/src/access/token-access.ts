import { timingSafeEqual } from 'node:crypto'
import {
  CoatcheckError,
  type CreatedToken,
  installationProject,
  type TokenCreate,
  type TokenView,
} from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { ProjectStore } from './project-store.ts'
import { commonRole } from './role.ts'
import type { Token } from './token.ts'
import type { TokenStore } from './token-store.ts'
import { newTokenText, parseTokenText } from './token-text.ts'

const daySeconds = 24 * 60 * 60
const usualTtlSeconds = 30 * daySeconds
/** How long the list goes on showing a token that has expired. */
const keptExpiredMs = 30 * daySeconds * 1000
const pageSize = 200
/** Compared against when there is no such token, so that finding one and finding none cost the same. */
const noHash = '0'.repeat(64)

/** Issues tokens of the management API, and says whom a presented one stands for. */
export class TokenAccess {
  readonly #store: TokenStore
  readonly #clock: Clock
  readonly #projects: Pick<ProjectStore, 'find' | 'findMember'>

  constructor(store: TokenStore, clock: Clock, projects: Pick<ProjectStore, 'find' | 'findMember'>) {
    this.#store = store
    this.#clock = clock
    this.#projects = projects
  }

  /** The reply holds the token's text, which is not kept. @throws CoatcheckError `member_not_found` | `vault_locked` */
  issue(project: string, { name, role, member, ttlSeconds = usualTtlSeconds }: TokenCreate): CreatedToken {
    if (member !== undefined && this.#projects.findMember(project, member) === undefined)
      throw new CoatcheckError('member_not_found')
    const now = this.#clock.now().getTime()
    this.#store.removeExpired(new Date(now - keptExpiredMs).toISOString())
    const id = newIdentifier('tok')
    const { text, secretHash } = newTokenText(id)
    const createdAt = new Date(now).toISOString()
    const expiresAt = new Date(now + ttlSeconds * 1000).toISOString()
    const token = { id, project, name, role, member: member ?? null, secretHash, createdAt, expiresAt }
    this.#store.create(token)
    return { ...this.#view(token), token: text }
  }

  /**
   * The token that a text is, as it stands now: role, membership and expiry are read at each use.
   * @throws CoatcheckError `token_invalid` | `row_tampered` | `vault_locked`
   */
  authenticate(text: string): Token {
    const presented = parseTokenText(text)
    if (presented === undefined) throw new CoatcheckError('token_invalid')
    const token = this.#store.find(presented.id)
    // SECURITY: compared in constant time, and whether or not there is such a token; one answer for every reason.
    const isSame = timingSafeEqual(
      Buffer.from(presented.secretHash, 'hex'),
      Buffer.from(token?.secretHash ?? noHash, 'hex'),
    )
    const good = token !== undefined && isSame ? this.#asItStands(token) : undefined
    if (good === undefined) throw new CoatcheckError('token_invalid')
    this.#store.touch(good.id, this.#clock.now().toISOString())
    return good
  }

  /** The token as it stands now, unless it was revoked or has expired. @throws CoatcheckError `row_tampered` | `vault_locked` */
  findLiving(tokenId: string): Token | undefined {
    const token = this.#store.find(tokenId)
    return token && this.#asItStands(token)
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

  /** Ends every token of a project. */
  revokeAll(project: string): void {
    for (let page = this.#store.list(project, pageSize, null); page.length > 0; ) {
      for (const { id } of page) this.#store.remove(id)
      page = this.#store.list(project, pageSize, null)
    }
  }

  /** From now on nobody gets in with it. @throws CoatcheckError `token_not_found` */
  revoke(project: string, tokenId: string): TokenView {
    const revoked = this.get(project, tokenId)
    this.#store.remove(tokenId)
    return revoked
  }

  /** The token with the role that it has now; undefined once it is good for nothing. */
  #asItStands(token: Token): Token | undefined {
    const { expiresAt, member, project } = token
    if (this.#clock.now().getTime() >= Date.parse(expiresAt)) return undefined
    // SECURITY: R-89. A project that is gone takes its tokens with it, whatever rows were left.
    if (project !== installationProject && this.#projects.find(project) === undefined) return undefined
    if (member === null) return token
    const standing = this.#projects.findMember(project, member)
    const role = standing && commonRole(token.role, standing.role)
    return role && { ...token, role }
  }

  #view({ id, name, role, member, createdAt, expiresAt }: Token): TokenView {
    return { id, name, role, member, createdAt, expiresAt, lastUsedAt: this.#store.lastUsedAt(id) }
  }
}
