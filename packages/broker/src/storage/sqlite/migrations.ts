/** The steps of the schema, oldest first. A step that was released is never changed; `user_version` counts those applied. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    nonce BLOB NOT NULL,
    digest BLOB NOT NULL
  ) STRICT;
  CREATE TABLE secrets (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    provider TEXT,
    shape TEXT,
    source TEXT,
    scopes TEXT NOT NULL,
    rules TEXT,
    version INTEGER NOT NULL,
    weak INTEGER NOT NULL,
    rotation_days INTEGER,
    reminded INTEGER NOT NULL,
    staged TEXT,
    created_at TEXT NOT NULL,
    rotated_at TEXT NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (project, name)
  ) STRICT;
  CREATE TABLE secret_keys (
    secret_id TEXT PRIMARY KEY REFERENCES secrets (id),
    key_id TEXT NOT NULL,
    nonce BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE TABLE secret_versions (
    secret_id TEXT NOT NULL REFERENCES secrets (id),
    version INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (secret_id, version)
  ) STRICT;
  CREATE TABLE derived_credentials (
    secret_id TEXT NOT NULL REFERENCES secrets (id) ON DELETE CASCADE,
    derivation TEXT NOT NULL,
    version INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    nonce BLOB NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (secret_id, derivation)
  ) STRICT;
  CREATE TABLE secret_usage (
    secret_id TEXT PRIMARY KEY,
    used_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE sandboxes (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    profile TEXT NOT NULL,
    profile_network TEXT NOT NULL,
    fence TEXT NOT NULL,
    created_by TEXT NOT NULL,
    holder TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    allow TEXT NOT NULL,
    deny TEXT NOT NULL,
    origins TEXT NOT NULL,
    bound_to TEXT,
    authority_sealed TEXT,
    ca_names TEXT NOT NULL,
    labels TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ends_by TEXT,
    ended_at TEXT,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE INDEX sandboxes_by_age ON sandboxes (project, created_at, id);
  CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    sandbox_id TEXT NOT NULL REFERENCES sandboxes (id),
    env TEXT NOT NULL,
    secret_id TEXT NOT NULL,
    ephemeral INTEGER NOT NULL,
    placeholder_index TEXT NOT NULL UNIQUE,
    placeholder_sealed TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    own_expires_at TEXT,
    rules TEXT,
    port INTEGER,
    ended_at TEXT,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE INDEX grants_by_sandbox ON grants (sandbox_id);
  CREATE INDEX grants_by_secret ON grants (secret_id);
  CREATE TABLE projects (
    name TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE TABLE members (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (project, name)
  ) STRICT;
  CREATE TABLE project_rules (
    project TEXT PRIMARY KEY,
    rules TEXT NOT NULL,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE TABLE providers (
    project TEXT NOT NULL,
    id TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (project, id)
  ) STRICT;
  CREATE TABLE profiles (
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (project, name)
  ) STRICT;
  CREATE TABLE decoys (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    provider TEXT,
    placeholder_index TEXT NOT NULL UNIQUE,
    placeholder_sealed TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE TABLE decoy_usage (
    decoy_id TEXT PRIMARY KEY,
    used_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE approvals (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    sandbox_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    subject_sealed TEXT NOT NULL,
    approvers TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    decided_at TEXT,
    decided_by TEXT,
    reason TEXT,
    used_at TEXT,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE INDEX approvals_by_age ON approvals (project, created_at, id);
  CREATE INDEX approvals_by_fingerprint ON approvals (fingerprint);
  CREATE TABLE caps (
    project TEXT NOT NULL,
    owner TEXT NOT NULL,
    span TEXT NOT NULL,
    kind TEXT NOT NULL,
    definition TEXT NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (project, owner, span)
  ) STRICT;
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    member TEXT,
    secret_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    seal BLOB NOT NULL
  ) STRICT;
  CREATE TABLE token_usage (
    token_id TEXT PRIMARY KEY,
    used_at TEXT NOT NULL
  ) STRICT;
  `,
]
