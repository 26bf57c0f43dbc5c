import { CoatcheckError } from '@coatcheck/contract'
import { isRole } from '../../access/role.ts'
import type { Token } from '../../access/token.ts'
import type { TokenStore } from '../../access/token-store.ts'
import type { Authority } from './authority.ts'
import { authorityTables, type Row } from './authority-table.ts'
import { RowFields } from './row-fields.ts'
import { SealedTable } from './sealed-table.ts'
import type { UsageMarks } from './usage-marks.ts'

/** Keeps tokens in SQLite, every row sealed. */
export class SqliteTokenStore implements TokenStore {
  readonly #authority: Authority
  readonly #usage: UsageMarks
  readonly #tokens: SealedTable

  constructor(authority: Authority, usage: UsageMarks) {
    this.#authority = authority
    this.#usage = usage
    this.#tokens = new SealedTable(authorityTables.tokens, authority)
  }

  create(token: Token): void {
    this.#authority.write(() => this.#tokens.insert(tokenRow(token)))
  }

  remove(tokenId: string): void {
    this.#authority.write(() => this.#erase(tokenId))
  }

  removeExpired(instant: string): void {
    this.#authority.write(() => {
      const expired = { where: 'expires_at <= ?', values: [instant], orderBy: 'id' }
      for (const row of this.#tokens.select(expired)) this.#erase(readTokenRow(row).id)
    })
  }

  find(tokenId: string): Token | undefined {
    const row = this.#authority.recall(`token ${tokenId}`, () => this.#tokens.find({ id: tokenId }))
    return row && readTokenRow(row)
  }

  list(project: string, limit: number, cursor: string | null): readonly Token[] {
    return this.#authority.read(() => {
      const last = cursor === null ? undefined : this.#tokens.find({ id: cursor })
      if (cursor !== null && last === undefined) return []
      const after = last === undefined ? ['~', ''] : [last['created_at'] ?? null, last['id'] ?? null]
      const where = 'project = ? AND (created_at, id) < (?, ?)'
      return this.#tokens
        .select({ where, values: [project, ...after], orderBy: 'created_at DESC, id DESC', limit })
        .map(readTokenRow)
    })
  }

  touch(tokenId: string, usedAt: string): void {
    this.#usage.touch(tokenId, usedAt)
  }

  lastUsedAt(tokenId: string): string | null {
    return this.#usage.lastUsedAt(tokenId)
  }

  #erase(tokenId: string): void {
    this.#tokens.remove({ id: tokenId })
    this.#usage.forget(tokenId)
  }
}

function tokenRow(token: Token): Row {
  return {
    id: token.id,
    project: token.project,
    name: token.name,
    role: token.role,
    member: token.member,
    secret_hash: token.secretHash,
    created_at: token.createdAt,
    expires_at: token.expiresAt,
  }
}

function readTokenRow(row: Row): Token {
  const fields = new RowFields(row)
  const role = fields.text('role')
  if (!isRole(role)) throw new CoatcheckError('row_tampered', { column: 'role' })
  return {
    id: fields.text('id'),
    project: fields.text('project'),
    name: fields.text('name'),
    role,
    member: fields.optionalText('member'),
    secretHash: fields.text('secret_hash'),
    createdAt: fields.text('created_at'),
    expiresAt: fields.text('expires_at'),
  }
}
