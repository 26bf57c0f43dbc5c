import type { Profile } from '../policy/profile.ts'
import type { ProfileStore, StoredProfile } from '../policy/profile-store.ts'

/** Own profiles of one project in memory, for tests of what stands in front of them. */
export class FakeProfiles implements ProfileStore {
  readonly #profiles = new Map<string, Profile>()

  save({ profile }: StoredProfile): void {
    this.#profiles.set(profile.name, profile)
  }

  delete(_project: string, name: string): void {
    this.#profiles.delete(name)
  }

  find(_project: string, name: string): Profile | undefined {
    return this.#profiles.get(name)
  }

  list(_project: string, limit: number): readonly Profile[] {
    return [...this.#profiles.values()].slice(0, limit)
  }
}
