import type { Page, ProfileView } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/profiles`: what the network rules of a sandbox start from. */
export interface ProfilesApi {
  list(query?: PageQuery): Promise<Page<ProfileView>>
  /** @throws CoatcheckError `profile_not_found` */
  get(name: string): Promise<ProfileView>
}

/** The profiles of a client. */
export function profilesApi({ send }: ApiCall): ProfilesApi {
  return {
    list: (query) => send('GET', '/v1/profiles', { query: { ...query } }),
    get: (name) => send('GET', pathOf('profiles', name)),
  }
}
