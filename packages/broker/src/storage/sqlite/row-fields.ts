import { CoatcheckError } from '@coatcheck/contract'
import type { Row, SqlValue } from './authority-table.ts'

/** Reads the columns of a row with their types, which a row that is only shown may not have. */
export class RowFields {
  readonly #row: Row

  constructor(row: Row) {
    this.#row = row
  }

  /** @throws CoatcheckError `row_tampered` */
  text(column: string): string {
    const value = this.#value(column)
    if (typeof value !== 'string') throw malformed(column)
    return value
  }

  /** @throws CoatcheckError `row_tampered` */
  optionalText(column: string): string | null {
    return this.#value(column) === null ? null : this.text(column)
  }

  /** @throws CoatcheckError `row_tampered` */
  integer(column: string): number {
    const value = this.#value(column)
    if (typeof value !== 'number') throw malformed(column)
    return value
  }

  /** @throws CoatcheckError `row_tampered` */
  optionalInteger(column: string): number | null {
    return this.#value(column) === null ? null : this.integer(column)
  }

  /** @throws CoatcheckError `row_tampered` */
  flag(column: string): boolean {
    return this.integer(column) !== 0
  }

  /** @throws CoatcheckError `row_tampered` */
  bytes(column: string): Uint8Array {
    const value = this.#value(column)
    if (!(value instanceof Uint8Array)) throw malformed(column)
    return value
  }

  /** A JSON text that a sealed row vouches for. @throws CoatcheckError `row_tampered` */
  json<Value>(column: string): Value {
    try {
      return JSON.parse(this.text(column)) as Value
    } catch (cause) {
      throw new CoatcheckError('row_tampered', { column }, { cause })
    }
  }

  #value(column: string): SqlValue {
    return this.#row[column] ?? null
  }
}

function malformed(column: string): CoatcheckError {
  return new CoatcheckError('row_tampered', { column })
}
