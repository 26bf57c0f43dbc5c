import type { Page, ProviderView } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/providers` */
export interface ProvidersApi {
  list(query?: PageQuery): Promise<Page<ProviderView>>
  get(id: string): Promise<ProviderView>
}

/** The providers of a client. */
export function providersApi({ send }: ApiCall): ProvidersApi {
  return {
    list: (query) => send('GET', '/v1/providers', { query: { ...query } }),
    get: (id) => send('GET', pathOf('providers', id)),
  }
}
