import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { prepareJournalDirectory } from '../../audit/journal-directory.ts'

/** Grows with every change of the schema; indexes of another version are removed. */
const schemaVersion = 2
const prefix = 'index-'
const indexName = new RegExp(`^${prefix}${schemaVersion}-[0-9a-f]{16}\\.db$`)
const busyTimeoutMs = 10_000
/** Another process may remove what this one is making; they agree after a few tries. */
const maxAttempts = 5

/** SQLite's primary result codes for a file that was removed, cannot be read, is damaged or is no database. */
const unusable: ReadonlySet<number> = new Set([8, 10, 11, 26])

const schema = `
  CREATE TABLE journal (
    name TEXT PRIMARY KEY,
    read_to INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE activity (
    key TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    decision TEXT NOT NULL,
    at TEXT NOT NULL,
    place TEXT NOT NULL,
    sandbox TEXT,
    host TEXT,
    status INTEGER,
    event TEXT NOT NULL
  ) STRICT;
  CREATE INDEX activity_by_time ON activity (project, at, place);
  CREATE INDEX activity_by_sandbox ON activity (project, sandbox, at, place);
  CREATE INDEX activity_by_host ON activity (project, host, at, place);
  CREATE INDEX refusals_by_time ON activity (project, at, place) WHERE decision = 'refused';
  CREATE TABLE secret_use (
    project TEXT NOT NULL,
    secret TEXT NOT NULL,
    at TEXT NOT NULL,
    place TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (project, secret, at, place)
  ) STRICT, WITHOUT ROWID;
`

/** The index as one process has it open. */
export interface IndexFile {
  readonly path: string
  readonly database: DatabaseSync
}

/**
 * Opens the index of a directory of journals, and makes it when it is missing or of another version. Each making has a name
 * of its own, so that a process that still has an older one open never meets the new one's files under the same name.
 * @throws CoatcheckError `audit_unavailable`
 */
export function openIndexFile(directory: string): IndexFile {
  prepareJournalDirectory(directory)
  for (let attempt = 1; ; attempt++) {
    let path: string | undefined
    try {
      if (present(directory).length === 0) create(directory)
      // All processes settle on the first in the order of names.
      const [name = ''] = present(directory)
      removeOthers(directory, name)
      path = join(directory, name)
      return { path, database: connect(path) }
    } catch (error) {
      if (attempt === maxAttempts) throw error
      if (path !== undefined && isIndexUnusable(error)) removeIndexFile(path)
      else if (!isMissing(error)) throw error
    }
  }
}

/** True when an error says that the file must be made anew. */
export function isIndexUnusable(error: unknown): boolean {
  const { code, errcode } = error as { readonly code?: string; readonly errcode?: number }
  return code === 'ERR_SQLITE_ERROR' && unusable.has((errcode ?? 0) & 0xff)
}

/** Removes one index and what belongs to it; the next opening makes a new one out of the journals. */
export function removeIndexFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
}

function present(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => indexName.test(name))
    .sort()
}

/** Leaves one index; removes those of other versions, drafts of dead processes, and what lost a race. */
function removeOthers(directory: string, kept: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith(prefix) && !name.startsWith(kept)) rmSync(join(directory, name), { force: true })
  }
}

/** Makes the file under a draft name, so that it has its whole schema from the moment it is seen. */
function create(directory: string): void {
  const path = join(directory, `${prefix}${schemaVersion}-${randomBytes(8).toString('hex')}.db`)
  const draft = `${path}.new`
  // SECURITY: SQLite gives its log and index files the mode of the database.
  closeSync(openSync(draft, 'wx', 0o600))
  const database = new DatabaseSync(draft)
  try {
    database.exec('PRAGMA journal_mode = WAL')
    database.exec(schema)
  } finally {
    database.close()
  }
  renameSync(draft, path)
}

function connect(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs })
  try {
    // Whatever the death of the machine takes from it is read from the journals again.
    database.exec('PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF')
    const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table'").get()
    if (tables?.['count'] !== 3) throw Object.assign(new Error('not the index'), notAnIndex)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const notAnIndex = { code: 'ERR_SQLITE_ERROR', errcode: 26 }

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
