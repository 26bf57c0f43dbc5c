import type { Decoy } from '../../sandbox/decoy.ts'
import type { DecoyStore } from '../../sandbox/decoy-store.ts'
import type { Authority } from './authority.ts'
import { authorityTables, type Row } from './authority-table.ts'
import { RowFields } from './row-fields.ts'
import { SealedTable } from './sealed-table.ts'
import type { UsageMarks } from './usage-marks.ts'

/** Keeps decoys in SQLite, every row sealed. */
export class SqliteDecoyStore implements DecoyStore {
  readonly #authority: Authority
  readonly #usage: UsageMarks
  readonly #decoys: SealedTable
  /** All decoys by their indexes, as of one revision of the authority rows. */
  #known: { readonly revision: number; readonly byIndex: ReadonlyMap<string, Decoy> } | undefined

  constructor(authority: Authority, usage: UsageMarks) {
    this.#authority = authority
    this.#usage = usage
    this.#decoys = new SealedTable(authorityTables.decoys, authority)
  }

  create(decoy: Decoy): void {
    this.#authority.write(() => this.#decoys.insert(decoyRow(decoy)))
  }

  remove(decoyId: string): void {
    this.#authority.write(() => {
      this.#decoys.remove({ id: decoyId })
      this.#usage.forget(decoyId)
    })
  }

  find(decoyId: string): Decoy | undefined {
    const row = this.#authority.read(() => this.#decoys.find({ id: decoyId }))
    return row && readDecoyRow(row)
  }

  /** Answered from memory while nothing changes: most texts that it is asked about are nobody's. */
  findByPlaceholder(placeholderIndex: string): Decoy | undefined {
    const revision = this.#authority.revision()
    if (this.#known?.revision !== revision) {
      const rows = this.#authority.read(() => this.#decoys.select({ where: 'true', values: [], orderBy: 'id' }))
      const decoys = rows.map(readDecoyRow)
      this.#known = { revision, byIndex: new Map(decoys.map((decoy) => [decoy.placeholderIndex, decoy])) }
    }
    return this.#known.byIndex.get(placeholderIndex)
  }

  list(project: string, limit: number, cursor: string | null): readonly Decoy[] {
    return this.#authority.read(() => {
      const last = cursor === null ? undefined : this.#decoys.find({ id: cursor })
      if (cursor !== null && last === undefined) return []
      const after = last === undefined ? ['~', ''] : [last['created_at'] ?? null, last['id'] ?? null]
      const where = 'project = ? AND (created_at, id) < (?, ?)'
      return this.#decoys
        .select({ where, values: [project, ...after], orderBy: 'created_at DESC, id DESC', limit })
        .map(readDecoyRow)
    })
  }

  touch(decoyId: string, seenAt: string): void {
    this.#usage.touch(decoyId, seenAt)
  }

  lastSeenAt(decoyId: string): string | null {
    return this.#usage.lastUsedAt(decoyId)
  }
}

function decoyRow(decoy: Decoy): Row {
  return {
    id: decoy.id,
    project: decoy.project,
    name: decoy.name,
    provider: decoy.provider,
    placeholder_index: decoy.placeholderIndex,
    placeholder_sealed: decoy.placeholderSealed,
    created_at: decoy.createdAt,
  }
}

function readDecoyRow(row: Row): Decoy {
  const fields = new RowFields(row)
  return {
    id: fields.text('id'),
    project: fields.text('project'),
    name: fields.text('name'),
    provider: fields.optionalText('provider'),
    placeholderIndex: fields.text('placeholder_index'),
    placeholderSealed: fields.text('placeholder_sealed'),
    createdAt: fields.text('created_at'),
  }
}
