import type { Profile } from '../../policy/profile.ts'
import type { ProfileStore, StoredProfile } from '../../policy/profile-store.ts'

/** Keeps own profiles for the life of the process; for tests. */
export class MemoryProfileStore implements ProfileStore {
  readonly #profiles = new Map<string, StoredProfile>()

  save(stored: StoredProfile): void {
    this.#profiles.set(keyOf(stored.project, stored.profile.name), structuredClone(stored))
  }

  delete(project: string, name: string): void {
    this.#profiles.delete(keyOf(project, name))
  }

  find(project: string, name: string): Profile | undefined {
    return structuredClone(this.#profiles.get(keyOf(project, name))?.profile)
  }

  list(project: string, limit: number, cursor: string | null): readonly Profile[] {
    return [...this.#profiles.values()]
      .filter((stored) => stored.project === project && (cursor === null || stored.profile.name > cursor))
      .map(({ profile }) => structuredClone(profile))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .slice(0, limit)
  }
}

function keyOf(project: string, name: string): string {
  return JSON.stringify([project, name])
}
