import { encodeCanonically } from '../../vault/canonical-encoding.ts'
import type { KeyRing } from '../../vault/key-ring.ts'

/** A value as SQLite keeps it. */
export type SqlValue = string | number | null | Uint8Array

/** A row by column names, without its seal. */
export type Row = Readonly<Record<string, SqlValue>>

/** A table whose rows decide where secrets go. Beside its columns it has `seal`, a blob. */
export interface AuthorityTable {
  readonly name: string
  readonly columns: readonly string[]
  /** Columns that identify a row. */
  readonly key: readonly string[]
}

/** Every table of authority rows. A row of a table that is missing here is not protected. */
export const authorityTables = {
  secrets: {
    name: 'secrets',
    columns: [
      'id',
      'project',
      'name',
      'provider',
      'shape',
      'source',
      'scopes',
      'rules',
      'version',
      'weak',
      'rotation_days',
      'reminded',
      'staged',
      'created_at',
      'rotated_at',
    ],
    key: ['id'],
  },
  secretKeys: {
    name: 'secret_keys',
    columns: ['secret_id', 'key_id', 'nonce', 'ciphertext'],
    key: ['secret_id'],
  },
  secretVersions: {
    name: 'secret_versions',
    columns: ['secret_id', 'version', 'nonce', 'ciphertext'],
    key: ['secret_id', 'version'],
  },
  sandboxes: {
    name: 'sandboxes',
    columns: [
      'id',
      'project',
      'name',
      'profile',
      'profile_network',
      'fence',
      'created_by',
      'holder',
      'token_hash',
      'allow',
      'deny',
      'origins',
      'bound_to',
      'authority_sealed',
      'ca_names',
      'labels',
      'created_at',
      'expires_at',
      'ends_by',
      'ended_at',
    ],
    key: ['id'],
  },
  grants: {
    name: 'grants',
    columns: [
      'id',
      'project',
      'sandbox_id',
      'env',
      'secret_id',
      'ephemeral',
      'placeholder_index',
      'placeholder_sealed',
      'created_at',
      'expires_at',
      'own_expires_at',
      'rules',
      'port',
      'ended_at',
    ],
    key: ['id'],
  },
  projects: { name: 'projects', columns: ['name', 'created_at'], key: ['name'] },
  members: { name: 'members', columns: ['project', 'name', 'role', 'created_at'], key: ['project', 'name'] },
  projectRules: {
    name: 'project_rules',
    columns: ['project', 'rules'],
    key: ['project'],
  },
  providers: {
    name: 'providers',
    columns: ['project', 'id', 'definition', 'created_at'],
    key: ['project', 'id'],
  },
  profiles: {
    name: 'profiles',
    columns: ['project', 'name', 'definition'],
    key: ['project', 'name'],
  },
  decoys: {
    name: 'decoys',
    columns: ['id', 'project', 'name', 'provider', 'placeholder_index', 'placeholder_sealed', 'created_at'],
    key: ['id'],
  },
  approvals: {
    name: 'approvals',
    columns: [
      'id',
      'project',
      'sandbox_id',
      'kind',
      'fingerprint',
      'subject_sealed',
      'approvers',
      'state',
      'created_at',
      'expires_at',
      'decided_at',
      'decided_by',
      'reason',
      'used_at',
    ],
    key: ['id'],
  },
  caps: {
    name: 'caps',
    columns: ['project', 'owner', 'span', 'kind', 'definition'],
    key: ['project', 'owner', 'span'],
  },
  tokens: {
    name: 'tokens',
    columns: ['id', 'project', 'name', 'role', 'member', 'secret_hash', 'created_at', 'expires_at'],
    key: ['id'],
  },
} as const satisfies Record<string, AuthorityTable>

/** The seal of a row, under the key in use. @throws CoatcheckError `vault_locked` */
export function sealRow(keyRing: KeyRing, table: AuthorityTable, row: Row): Uint8Array {
  return keyRing.seal(encodeRow(table, row))
}

/** Whether a row is as a holder of the key wrote it. @throws CoatcheckError `vault_locked` */
export function fitsSeal(keyRing: KeyRing, table: AuthorityTable, row: Row, seal: Uint8Array): boolean {
  return keyRing.fitsSeal(encodeRow(table, row), seal)
}

/** SECURITY: the seal covers the table and every column by name, so no value can be changed, moved or swapped. */
function encodeRow(table: AuthorityTable, row: Row): Uint8Array {
  const fields = table.columns.flatMap((column) => [column, row[column] ?? null])
  return encodeCanonically(['row', table.name, ...fields])
}
