import type { Page, ProfileDefinition, ProfileView } from '@coatcheck/contract'
import { type ApiCall, type PageQuery, pathOf } from './api-call.ts'

/** `/v1/profiles`: what sandboxes start from, built in and of one's own. */
export interface ProfilesApi {
  list(query?: PageQuery): Promise<Page<ProfileView>>
  /** @throws CoatcheckError `profile_not_found` */
  get(name: string): Promise<ProfileView>
  /**
   * Makes it, or puts it in the place of the own one of its name; sandboxes that exist stay as they are.
   * @throws CoatcheckError `profile_built_in` | `profile_limit` | `scope_invalid` | `rule_invalid` | `secret_not_found` | `secret_unreachable`
   */
  apply(definition: ProfileDefinition): Promise<ProfileView>
  /** Sandboxes that were made from it stay as they are. @throws CoatcheckError `profile_not_found` | `profile_built_in` */
  delete(name: string): Promise<void>
}

/** The profiles of a client. */
export function profilesApi({ send }: ApiCall): ProfilesApi {
  return {
    list: (query) => send('GET', '/v1/profiles', { query: { ...query } }),
    get: (name) => send('GET', pathOf('profiles', name)),
    apply: (body) => send('PUT', pathOf('profiles', body.name), { body }),
    delete: (name) => send('DELETE', pathOf('profiles', name)),
  }
}
