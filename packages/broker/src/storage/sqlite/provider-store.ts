import { CoatcheckError } from '@coatcheck/contract'
import type { ProviderStore, StoredProvider } from '../../providers/provider-store.ts'
import type { Authority } from './authority.ts'
import { authorityTables, type Row } from './authority-table.ts'
import { RowFields } from './row-fields.ts'
import { SealedTable } from './sealed-table.ts'

/** Keeps own providers in SQLite, every row sealed: a provider says where secrets made from it go. */
export class SqliteProviderStore implements ProviderStore {
  readonly #authority: Authority
  readonly #providers: SealedTable

  constructor(authority: Authority) {
    this.#authority = authority
    this.#providers = new SealedTable(authorityTables.providers, authority)
  }

  create(provider: StoredProvider): void {
    const { project, definition } = provider
    this.#authority.write(() => {
      if (this.#providers.find({ project, id: definition.id }) !== undefined) {
        throw new CoatcheckError('provider_exists', { id: definition.id })
      }
      this.#providers.insert(providerRow(provider))
    })
  }

  replace(provider: StoredProvider): void {
    const { project, definition } = provider
    this.#authority.write(() => {
      this.#providers.remove({ project, id: definition.id })
      this.#providers.insert(providerRow(provider))
    })
  }

  delete(project: string, id: string): void {
    this.#authority.write(() => this.#providers.remove({ project, id }))
  }

  find(project: string, id: string): StoredProvider | undefined {
    const row = this.#authority.show(() => this.#providers.find({ project, id }))
    return row && readProviderRow(row)
  }

  list(project: string, limit: number, cursor: string | null): readonly StoredProvider[] {
    return this.#authority.show(() =>
      this.#providers
        .select({ where: 'project = ? AND id > ?', values: [project, cursor ?? ''], orderBy: 'id', limit })
        .map(readProviderRow),
    )
  }
}

function providerRow({ project, definition, createdAt }: StoredProvider): Row {
  return { project, id: definition.id, definition: JSON.stringify(definition), created_at: createdAt }
}

function readProviderRow(row: Row): StoredProvider {
  const fields = new RowFields(row)
  return {
    project: fields.text('project'),
    definition: fields.json('definition'),
    createdAt: fields.text('created_at'),
  }
}
