import type { CreatedKey, KeyCreate, KeyView, Page } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/keys`: virtual keys. */
export interface KeysApi {
  /** The reply holds the key itself, this once. */
  create(input: KeyCreate): Promise<CreatedKey>
  /** Newest first; those that are over are among them for a week. */
  list(query?: PageQuery): Promise<Page<KeyView>>
  /** @throws CoatcheckError `key_not_found` */
  get(id: string): Promise<KeyView>
  /** Its next request is refused, and what is open with it ends within a second. @throws CoatcheckError `key_not_found` */
  revoke(id: string): Promise<void>
}

/** The virtual keys of a client. */
export function keysApi({ send }: ApiCall): KeysApi {
  return {
    create: (body) => send('POST', '/v1/keys', { body }),
    list: (query) => send('GET', '/v1/keys', { query: { ...query } }),
    get: (id) => send('GET', pathOf('keys', id)),
    revoke: (id) => send('DELETE', pathOf('keys', id)),
  }
}
