import type { ProblemKind } from './problem-kind.ts'

/** Failures of the vault, its keys and its storage. */
export const vaultProblems = {
  vault_locked: { status: 503, title: 'The vault is locked', remedy: 'Unlock it with `coatcheck vault unlock`.' },
  key_unusable: {
    status: 500,
    title: 'The key-encryption key cannot be used',
    remedy: 'Put the key where `detail` says, with mode 0600.',
  },
  passphrase_required: {
    status: 503,
    title: 'The key asks for its passphrase',
    remedy: 'Type it at a terminal, or name a file that holds it in COATCHECK_PASSPHRASE_FILE.',
  },
  passphrase_wrong: {
    status: 403,
    title: 'The passphrase is not that of the key',
    remedy: 'Try again; if you are sure of the passphrase, restore the key file, which may be damaged.',
  },
  passphrase_weak: {
    status: 422,
    title: 'The passphrase is too short or too simple',
    remedy: 'Use at least 12 characters, such as five random words.',
  },
  backup_unusable: {
    status: 422,
    title: 'The backup cannot be used',
    remedy: 'Use another backup, or see `detail`; nothing was changed.',
  },
  home_occupied: {
    status: 409,
    title: 'This home holds an installation already',
    remedy:
      'Restore into another folder with `--home`, or add `--replace`, which keeps what is there beside the new one.',
  },
  removal_unfinished: {
    status: 503,
    title: 'This home was being deleted when that was interrupted',
    remedy: 'Finish it with `coatcheck uninstall`; its keys may be destroyed already.',
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
  storage_damaged: {
    status: 500,
    title: 'The database is damaged',
    remedy: 'Restore a backup with `coatcheck restore --replace`, or the file itself.',
  },
  storage_newer: {
    status: 500,
    title: 'The database was written by a newer version',
    remedy: 'Install that version, or restore an older backup.',
  },
  source_unavailable: {
    status: 503,
    title: 'The source of a secret gave no value',
    remedy: 'See `detail`; `coatcheck source list` tells what each source said last. It is asked again by itself.',
    proxyError: 'proxy_internal_error',
  },
  rotation_put_back: {
    status: 409,
    title: 'A new value was declined, and the one before was put back',
    remedy: 'Find out what was wrong with the new value, and rotate again. Only the journal has this code.',
  },
  clock_jumped: {
    status: 503,
    title: 'The clock went back',
    remedy: 'Set the clock right; if it is right, confirm with `coatcheck vault confirm-rollback`.',
  },
} as const satisfies Record<string, ProblemKind>
