import type { ProblemKind } from './problem-kind.ts'

/** Failures of the vault, its keys and its storage. */
export const vaultProblems = {
  vault_locked: { status: 503, title: 'The vault is locked', remedy: 'Unlock it with `coatcheck vault unlock`.' },
  key_unusable: {
    status: 500,
    title: 'The key-encryption key cannot be used',
    remedy: 'Put the key where `detail` says, with mode 0600.',
  },
  row_tampered: {
    status: 500,
    title: 'A row of the database was changed from outside',
    remedy: 'Restore the database, or delete the resource and create it again.',
  },
  state_rolled_back: {
    status: 503,
    title: 'The database is older than the last one that this broker wrote',
    remedy: 'If you restored a backup on purpose, confirm it with `coatcheck vault confirm-rollback`.',
  },
  storage_unavailable: {
    status: 503,
    title: 'The database cannot be used',
    remedy: 'Correct what `detail` names, and try again.',
  },
  storage_newer: {
    status: 500,
    title: 'The database was written by a newer version',
    remedy: 'Install that version, or restore an older backup.',
  },
  clock_jumped: {
    status: 503,
    title: 'The clock went back',
    remedy: 'Set the clock right; if it is right, confirm with `coatcheck vault confirm-rollback`.',
  },
} as const satisfies Record<string, ProblemKind>
