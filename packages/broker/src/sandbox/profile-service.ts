import type { ProfileParts, Scope } from '@coatcheck/contract'
import type { Profile } from '../policy/profile.ts'

/** Finds the profiles that a project knows: those that are built in and its own. */
export interface ProfileDirectory {
  /** @throws CoatcheckError `profile_not_found` | `row_tampered` */
  get(project: string, name: string): Profile
}

/** What is about to be saved together with a profile. */
export interface ProfileCompany {
  /** Name of a secret to the scopes that it will have. */
  readonly scopes: ReadonlyMap<string, readonly Scope[]>
  /** Names of profiles. */
  readonly profiles: readonly string[]
}

/** The profiles of a project as the management API sees them. */
export interface ProfileService extends ProfileDirectory {
  /** In the order of names, after `cursor`. */
  list(project: string, limit: number, cursor: string | null): readonly Profile[]
  /**
   * The profile as it would be saved. It is refused where no sandbox could ever be made from it.
   * @throws CoatcheckError `profile_built_in` | `profile_limit` | `scope_invalid` | `request_invalid` | `secret_not_found` | `secret_unreachable`
   */
  prepare(project: string, name: string, definition: ProfileParts, company?: ProfileCompany): Profile
  /** Puts it in the place of the one of the same name. Sandboxes that exist stay as they are. */
  save(project: string, prepared: Profile): void
  /** The own profile of a name. @throws CoatcheckError `profile_not_found` | `profile_built_in` */
  demandOwn(project: string, name: string): void
  /** Sandboxes that were made from it stay as they are. @throws CoatcheckError as `demandOwn` does */
  delete(project: string, name: string): void
}
