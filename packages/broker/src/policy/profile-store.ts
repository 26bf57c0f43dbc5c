import type { Profile } from './profile.ts'

/** A profile of a project's own, as an authority row holds it. */
export interface StoredProfile {
  readonly project: string
  readonly profile: Profile
}

/** Keeps the profiles that operators make themselves. */
export interface ProfileStore {
  /** Puts it in the place of the one of the same name, if there is one. */
  save(stored: StoredProfile): void
  delete(project: string, name: string): void
  /** @throws CoatcheckError `row_tampered` */
  find(project: string, name: string): Profile | undefined
  /** In the order of names, after `cursor`. @throws CoatcheckError `row_tampered` */
  list(project: string, limit: number, cursor: string | null): readonly Profile[]
}
