import type { CreatedToken, Page, TokenCreate, TokenView } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/tokens`, for administrators. */
export interface TokensApi {
  /** The reply holds the token's text, this once. */
  create(input: TokenCreate): Promise<CreatedToken>
  list(query?: PageQuery): Promise<Page<TokenView>>
  get(id: string): Promise<TokenView>
  /** Its next request is refused, and its streams end within a second. */
  revoke(id: string): Promise<void>
}

/** The tokens of a client. */
export function tokensApi({ send }: ApiCall): TokensApi {
  return {
    create: (body) => send('POST', '/v1/tokens', { body }),
    list: (query) => send('GET', '/v1/tokens', { query: { ...query } }),
    get: (id) => send('GET', pathOf('tokens', id)),
    revoke: (id) => send('DELETE', pathOf('tokens', id)),
  }
}
