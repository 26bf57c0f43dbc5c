import { CoatcheckError } from '@coatcheck/contract'
import type { Authority } from './authority.ts'
import { type AuthorityTable, fitsSeal, type Row, type SqlValue, sealRow } from './authority-table.ts'

/** What to read from a table, beside the rows' own conditions. */
export interface Selection {
  /** SQL after `WHERE`, with `?` for each of `values`. */
  readonly where: string
  readonly values: readonly SqlValue[]
  readonly orderBy: string
  readonly limit?: number
}

/** Reads and writes the rows of one authority table, each with its seal. Works only inside a transaction of the authority. */
export class SealedTable {
  readonly #table: AuthorityTable
  readonly #authority: Authority

  constructor(table: AuthorityTable, authority: Authority) {
    this.#table = table
    this.#authority = authority
  }

  insert(given: Row): void {
    const { name, columns } = this.#table
    const row = this.#authority.rekeyer.rekey(this.#table, given)
    const seal = sealRow(this.#authority.keyRing, this.#table, row)
    const marks = columns.map(() => '?').join(', ')
    const sql = `INSERT INTO ${name} (${columns.join(', ')}, seal) VALUES (${marks}, ?)`
    this.#authority.database.prepare(sql).run(...columns.map((column) => cell(row, column)), seal)
    this.#authority.account(seal, undefined)
  }

  /** Replaces the row of the same key, which was read before. */
  replace(given: Row): void {
    const { name, columns, key } = this.#table
    const row = this.#authority.rekeyer.rekey(this.#table, given)
    const keyValues = key.map((column) => cell(row, column))
    const [removed] = this.#seals(key, keyValues)
    if (removed === undefined) throw new CoatcheckError('row_tampered', { table: name })
    const seal = sealRow(this.#authority.keyRing, this.#table, row)
    const assignments = columns.map((column) => `${column} = ?`).join(', ')
    const sql = `UPDATE ${name} SET ${assignments}, seal = ? WHERE ${conditions(key)}`
    const values = columns.map((column) => cell(row, column))
    this.#authority.database.prepare(sql).run(...values, seal, ...keyValues)
    this.#authority.account(seal, removed)
  }

  /** Removes every row whose columns have these values, whether it fits its seal or not. */
  remove(match: Row): void {
    const columns = Object.keys(match)
    const values = columns.map((column) => cell(match, column))
    for (const seal of this.#seals(columns, values)) this.#authority.account(undefined, seal)
    this.#authority.database.prepare(`DELETE FROM ${this.#table.name} WHERE ${conditions(columns)}`).run(...values)
  }

  /** The one row whose columns have these values. @throws CoatcheckError `row_tampered` */
  find(match: Row): Row | undefined {
    const columns = Object.keys(match)
    const values = columns.map((column) => cell(match, column))
    const row = this.select({ where: conditions(columns), values, orderBy: columns.join(', '), limit: 1 })[0]
    if (row === undefined) this.#refuseDoubtfulAbsence()
    // SECURITY: a damaged index could lead to the row of something else.
    else if (columns.some((column) => row[column] !== match[column])) throw this.#tampered(row)
    return row
  }

  /** @throws CoatcheckError `row_tampered` */
  select({ where, values, orderBy, limit = -1 }: Selection): Row[] {
    const { name, columns } = this.#table
    const sql = `SELECT ${columns.join(', ')}, seal FROM ${name} WHERE ${where} ORDER BY ${orderBy} LIMIT ?`
    const found = this.#authority.database.prepare(sql).all(...values, limit)
    return found.map((each) => this.#check(each as Row))
  }

  /**
   * Puts at most `limit` rows, of those after the row id `after`, under the key in use; says how many, and where it came to.
   * Rows that do not fit their seals stay refused.
   */
  reseal(after: number, limit: number): { readonly count: number; readonly last: number } {
    const { keyRing, database, rekeyer } = this.#authority
    const { name, columns } = this.#table
    const sql = `SELECT rowid AS at, ${columns.join(', ')}, seal FROM ${name} WHERE rowid > ? AND substr(seal, 1, 8) <> ? ORDER BY rowid LIMIT ?`
    const found = database.prepare(sql).all(after, Buffer.from(keyRing.keyId, 'hex'), limit)
    const assignments = columns.map((column) => `${column} = ?`).join(', ')
    const update = database.prepare(`UPDATE ${name} SET ${assignments}, seal = ? WHERE rowid = ?`)
    for (const { at, seal, ...row } of found as Row[]) {
      const old = seal as Uint8Array
      const fits = fitsSeal(keyRing, this.#table, row, old)
      const next = fits ? rekeyer.rekey(this.#table, row) : row
      const renewed = fits ? sealRow(keyRing, this.#table, next) : keyRing.brokenSeal()
      update.run(...columns.map((column) => cell(next, column)), renewed, at as number)
      this.#authority.account(renewed, old)
    }
    return { count: found.length, last: Number(found.at(-1)?.['at'] ?? after) }
  }

  #check({ seal, ...row }: Row): Row {
    if (!this.#authority.isShowing && !fitsSeal(this.#authority.keyRing, this.#table, row, seal as Uint8Array)) {
      throw this.#tampered(row)
    }
    return row
  }

  /** A row that was changed from outside may be the one that is looked for: then it is not known to be absent. */
  #refuseDoubtfulAbsence(): void {
    if (!this.#authority.isShowing && this.#authority.isTampered(this.#table.name)) throw this.#tampered({})
  }

  #tampered(row: Row): CoatcheckError {
    const key = cell(row, this.#table.key[0] ?? '')
    // Whoever changed the row may have put anything into its key; only an identifier is repeated.
    const isIdentifier = typeof key === 'string' && /^[a-z]{3}_[0-9a-z]{1,40}$/.test(key)
    return new CoatcheckError('row_tampered', { table: this.#table.name, ...(isIdentifier ? { id: key } : {}) })
  }

  #seals(columns: readonly string[], values: readonly SqlValue[]): Uint8Array[] {
    const sql = `SELECT seal FROM ${this.#table.name} WHERE ${conditions(columns)}`
    return this.#authority.database
      .prepare(sql)
      .all(...values)
      .map((row) => row['seal'] as Uint8Array)
  }
}

function conditions(columns: readonly string[]): string {
  return columns.map((column) => `${column} = ?`).join(' AND ')
}

function cell(row: Row, column: string): SqlValue {
  return row[column] ?? null
}
