import { isDeepStrictEqual } from 'node:util'
import { CoatcheckError } from '@coatcheck/contract'
import type { Secret } from '../../vault/secret.ts'
import type { SealedVersion, SecretStore, WrappedKey } from '../../vault/secret-store.ts'
import type { Authority } from './authority.ts'
import { authorityTables } from './authority-table.ts'
import { SealedTable } from './sealed-table.ts'
import { keyRow, readKeyRow, readSecretRow, readVersionRow, secretRow, versionRow } from './secret-rows.ts'
import type { SecretShares } from './secret-shares.ts'
import type { UsageMarks } from './usage-marks.ts'

/** Keeps secrets in SQLite, every row sealed. */
export class SqliteSecretStore implements SecretStore {
  readonly #authority: Authority
  readonly #usage: UsageMarks
  readonly #shares: SecretShares
  readonly #secrets: SealedTable
  readonly #keys: SealedTable
  readonly #versions: SealedTable

  constructor(authority: Authority, usage: UsageMarks, shares: SecretShares) {
    this.#authority = authority
    this.#usage = usage
    this.#shares = shares
    this.#secrets = new SealedTable(authorityTables.secrets, authority)
    this.#keys = new SealedTable(authorityTables.secretKeys, authority)
    this.#versions = new SealedTable(authorityTables.secretVersions, authority)
  }

  create(secret: Secret, key: WrappedKey, version: SealedVersion): void {
    this.#authority.write(() => {
      if (this.#identify(secret.project, secret.name) !== undefined) {
        throw new CoatcheckError('secret_exists', { secret: secret.name })
      }
      this.#secrets.insert(secretRow(secret))
      this.#keys.insert(keyRow(secret.id, key))
      this.#versions.insert(versionRow(version))
      this.#shares.keep(secret.id, key.share)
    })
  }

  update(before: Secret, after: Secret, version?: SealedVersion, obsolete: readonly number[] = []): void {
    this.#authority.write(() => {
      const row = this.#secrets.find({ id: before.id })
      if (row === undefined) throw new CoatcheckError('secret_not_found', { secret: before.name })
      if (!isDeepStrictEqual(row, { ...secretRow(before) }))
        throw new CoatcheckError('secret_changed', { secret: before.name })
      this.#secrets.replace(secretRow(after))
      for (const number of obsolete) this.#versions.remove({ secret_id: before.id, version: number })
      if (version === undefined) return
      // What is kept of a source's value is of use only until the next one; a source may give a new one every minute.
      if (after.source !== undefined) this.#versions.remove({ secret_id: after.id, version: before.version })
      this.#versions.insert(versionRow(version))
    })
  }

  erase(secretId: string): void {
    this.#authority.write(() => {
      // SECURITY: marked before the rows are gone and destroyed after, so that no sudden death leaves a copy alive.
      this.#shares.condemn(secretId)
      this.#versions.remove({ secret_id: secretId })
      this.#keys.remove({ secret_id: secretId })
      this.#secrets.remove({ id: secretId })
      this.#usage.forget(secretId)
    })
    this.settleShares()
    this.#authority.database.purge()
  }

  /**
   * Destroys the shares of secrets that are gone, also of those that a process erased which died over it.
   * @throws CoatcheckError `vault_locked` | `row_tampered` | `state_rolled_back` | `storage_unavailable`
   */
  settleShares(): void {
    if (!this.#shares.hasCondemned()) return
    // SECURITY: only the present database knows what is gone; by an older one, shares would go that are needed.
    this.#authority.revision()
    const { database } = this.#authority
    const exists = (id: string): boolean =>
      database.prepare('SELECT 1 FROM secret_keys WHERE secret_id = ?').get(id) !== undefined
    database.transaction('IMMEDIATE', () => this.#shares.settle(exists))
  }

  identify(project: string, name: string): string | undefined {
    return this.#authority.read(() => this.#identify(project, name))
  }

  findByName(project: string, name: string): Secret | undefined {
    const row = this.#authority.show(() => this.#secrets.find({ project, name }))
    return row && readSecretRow(row)
  }

  findById(secretId: string): Secret | undefined {
    const find = () => this.#secrets.find({ id: secretId })
    const row = this.#authority.keyRing.locked
      ? this.#authority.show(find)
      : this.#authority.recall(`secret ${secretId}`, find)
    return row && readSecretRow(row)
  }

  list(project: string, limit: number, cursor: string | null): readonly Secret[] {
    return this.#authority.show(() =>
      this.#secrets
        .select({ where: 'project = ? AND name > ?', values: [project, cursor ?? ''], orderBy: 'name', limit })
        .map(readSecretRow),
    )
  }

  readKey(secretId: string): WrappedKey | undefined {
    const row = this.#authority.recall(`key ${secretId}`, () => this.#keys.find({ secret_id: secretId }))
    return row && readKeyRow(row, this.#shares.read(secretId))
  }

  readVersion(secretId: string, version: number): SealedVersion | undefined {
    const find = () => this.#versions.find({ secret_id: secretId, version })
    const row = this.#authority.recall(`version ${secretId} ${version}`, find)
    return row && readVersionRow(row)
  }

  touch(secretId: string, usedAt: string): void {
    this.#usage.touch(secretId, usedAt)
  }

  lastUsedAt(secretId: string): string | null {
    return this.#usage.lastUsedAt(secretId)
  }

  #identify(project: string, name: string): string | undefined {
    const row = this.#authority.database
      .prepare('SELECT id FROM secrets WHERE project = ? AND name = ?')
      .get(project, name)
    return row === undefined ? undefined : String(row['id'])
  }
}
