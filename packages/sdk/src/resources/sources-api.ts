import type { Page, SourceView } from '@coatcheck/contract'
import type { ApiCall, PageQuery } from './api-call.ts'

/** `/v1/sources`: where values come from that no vault holds. */
export interface SourcesApi {
  list(query?: PageQuery): Promise<Page<SourceView>>
}

/** The sources of a client. */
export function sourcesApi({ send }: ApiCall): SourcesApi {
  return { list: (query) => send('GET', '/v1/sources', { query: { ...query } }) }
}
