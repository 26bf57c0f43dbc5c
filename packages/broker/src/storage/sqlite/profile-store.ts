import type { Profile } from '../../policy/profile.ts'
import type { ProfileStore, StoredProfile } from '../../policy/profile-store.ts'
import type { Authority } from './authority.ts'
import { authorityTables, type Row } from './authority-table.ts'
import { RowFields } from './row-fields.ts'
import { SealedTable } from './sealed-table.ts'

/** Keeps own profiles in SQLite, every row sealed: a profile says what the sandboxes made from it may do. */
export class SqliteProfileStore implements ProfileStore {
  readonly #authority: Authority
  readonly #profiles: SealedTable

  constructor(authority: Authority) {
    this.#authority = authority
    this.#profiles = new SealedTable(authorityTables.profiles, authority)
  }

  save({ project, profile }: StoredProfile): void {
    const { name, ...definition } = profile
    this.#authority.write(() => {
      this.#profiles.remove({ project, name })
      this.#profiles.insert({ project, name, definition: JSON.stringify(definition) })
    })
  }

  delete(project: string, name: string): void {
    this.#authority.write(() => this.#profiles.remove({ project, name }))
  }

  find(project: string, name: string): Profile | undefined {
    const row = this.#authority.show(() => this.#profiles.find({ project, name }))
    return row && readProfileRow(row)
  }

  list(project: string, limit: number, cursor: string | null): readonly Profile[] {
    return this.#authority.show(() =>
      this.#profiles
        .select({ where: 'project = ? AND name > ?', values: [project, cursor ?? ''], orderBy: 'name', limit })
        .map(readProfileRow),
    )
  }
}

function readProfileRow(row: Row): Profile {
  const fields = new RowFields(row)
  return { ...fields.json<Omit<Profile, 'name'>>('definition'), name: fields.text('name') }
}
