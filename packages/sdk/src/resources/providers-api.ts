import type { Page, ProviderCreate, ProviderView } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/providers`: the catalog, and providers of one's own. */
export interface ProvidersApi {
  list(query?: PageQuery): Promise<Page<ProviderView>>
  get(id: string): Promise<ProviderView>
  /** @throws CoatcheckError `provider_exists` | `provider_built_in` | `provider_invalid` | `variable_taken` */
  create(input: ProviderCreate): Promise<ProviderView>
  /** Creates it, or replaces the own one with its id; stored secrets keep their scopes. @throws CoatcheckError as `create` does */
  apply(input: ProviderCreate): Promise<ProviderView>
  /** Secrets that were made from it keep their scopes. */
  delete(id: string): Promise<void>
}

/** The providers of a client. */
export function providersApi({ send }: ApiCall): ProvidersApi {
  return {
    list: (query) => send('GET', '/v1/providers', { query: { ...query } }),
    get: (id) => send('GET', pathOf('providers', id)),
    create: (body) => send('POST', '/v1/providers', { body }),
    apply: (body) => send('PUT', pathOf('providers', body.id), { body }),
    delete: (id) => send('DELETE', pathOf('providers', id)),
  }
}
