import type { Cap, CreatedKey, KeyCreate, KeyView, OwnKey } from '@coatcheck/contract'

/** What a virtual key is made from. */
export interface KeyWish extends Omit<KeyCreate, 'expiresIn'> {
  readonly ttlSeconds: number
}

/** A key that somebody has shown. */
export interface AuthenticKey {
  readonly id: string
  readonly project: string
}

/** Issues virtual keys, shows them and revokes them. Nothing extends one. */
export interface KeyService {
  /**
   * Nothing is left behind when it throws.
   * @throws CoatcheckError `key_unbounded` | `key_unsuitable` | `secret_not_found` | `secret_ambiguous` | `rotation_due` |
   * `request_invalid` | `vault_locked` | `audit_unavailable`
   */
  create(project: string, wish: KeyWish): Promise<CreatedKey>
  /** @throws CoatcheckError `key_not_found` | `row_tampered` */
  get(project: string, id: string): KeyView
  /** Newest first; those that are over are among them for a week. */
  list(project: string, limit: number, cursor: string | null): readonly KeyView[]
  /**
   * From now on nobody gets anywhere with it, and what is open with it ends. One that is over stays as it is.
   * @throws CoatcheckError `key_not_found` | `audit_unavailable`, after it has ended
   */
  revoke(project: string, id: string, reason: string): Promise<void>
  /** Refuses caps on a grant that is a key’s and would be left without one. @throws CoatcheckError `key_unbounded` */
  demandStillBounded(project: string, grantId: string, caps: readonly Cap[]): void
  /** The living key that a text is. @throws CoatcheckError `row_tampered` | `vault_locked` */
  authenticate(text: string): AuthenticKey | undefined
  /** A key as its holder sees it. @throws CoatcheckError `key_not_found` */
  ownView(project: string, id: string): OwnKey
}
