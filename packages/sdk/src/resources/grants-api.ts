import type { GrantQuery, ListedGrant, Page } from '@coatcheck/contract'
import { type ApiCall, pathOf } from './api-call.ts'

/** `/v1/grants`: what is alive. */
export interface GrantsApi {
  list(query?: GrantQuery): Promise<Page<ListedGrant>>
  /** Ends a grant, with everything that is open with it. @throws CoatcheckError `grant_not_found` */
  end(id: string): Promise<void>
}

/** The grants of a client. */
export function grantsApi({ send }: ApiCall): GrantsApi {
  return {
    list: (query) => send('GET', '/v1/grants', { query: { ...query } }),
    end: (id) => send('DELETE', pathOf('grants', id)),
  }
}
