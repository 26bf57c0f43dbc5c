import type { CreatedDecoy, DecoyCreate, DecoyView, Page } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/decoys`. */
export interface DecoysApi {
  /** The reply holds the decoy's text, this once. */
  create(input: DecoyCreate): Promise<CreatedDecoy>
  list(query?: PageQuery): Promise<Page<DecoyView>>
  get(id: string): Promise<DecoyView>
  /** Its text raises no alarm any more. */
  delete(id: string): Promise<void>
}

/** The decoys of a client. */
export function decoysApi({ send }: ApiCall): DecoysApi {
  return {
    create: (body) => send('POST', '/v1/decoys', { body }),
    list: (query) => send('GET', '/v1/decoys', { query: { ...query } }),
    get: (id) => send('GET', pathOf('decoys', id)),
    delete: (id) => send('DELETE', pathOf('decoys', id)),
  }
}
