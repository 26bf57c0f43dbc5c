import { chmodSync, closeSync, existsSync, lstatSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { CoatcheckError } from '@coatcheck/contract'
import { migrations } from './migrations.ts'
import { translateStorageErrors } from './storage-error.ts'

/** How long to wait for another process that writes. */
const busyTimeoutMs = 10_000
const openRetryMs = 20

/** One connection to the database file: durable, private, and replaced when the file is. */
export class Database {
  readonly #path: string
  readonly #statements = new Map<string, StatementSync>()
  #connection: DatabaseSync
  #file: string
  /** What was said last, and what is added so that the next connection says more than any before. */
  #version = 0
  #versionsBefore = 0

  /** Creates file and folder when they are missing. @throws CoatcheckError `storage_unavailable` | `storage_newer` | `storage_damaged` */
  constructor(path: string) {
    this.#path = path
    translateStorageErrors(() => preparePrivateFile(path))
    this.#file = identifyFile(path)
    this.#connection = translateStorageErrors(() => connect(path))
  }

  /** A prepared statement, made once. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#connection.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** Runs `work` in one transaction; `IMMEDIATE` keeps every other writer out from the start. */
  transaction<Result>(kind: 'DEFERRED' | 'IMMEDIATE', work: () => Result): Result {
    return translateStorageErrors(() => {
      this.prepare(`BEGIN ${kind}`).run()
      try {
        const result = work()
        this.prepare('COMMIT').run()
        return result
      } catch (error) {
        if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
        throw error
      }
    })
  }

  /** A number that changes with every change that another connection makes, and whenever the file was opened anew. */
  dataVersion(): number {
    const row = translateStorageErrors(() => this.prepare('PRAGMA data_version').get())
    this.#version = this.#versionsBefore + Number(row?.['data_version'])
    return this.#version
  }

  /**
   * Opens the file anew, and returns true, when it was replaced or written to past SQLite, or by a checkpoint, which looks the
   * same from outside.
   */
  reopenIfReplaced(): boolean {
    return translateStorageErrors(() => {
      if (identifyFile(this.#path) === this.#file) return false
      this.close()
      // SECURITY: each connection counts from 1, and a change that comes to the same number would go unnoticed (N2).
      this.#versionsBefore = this.#version
      preparePrivateFile(this.#path)
      this.#file = identifyFile(this.#path)
      this.#connection = connect(this.#path)
      return true
    })
  }

  /** Moves the write-ahead log into the database and empties it, so that neither holds what was deleted. */
  purge(): void {
    const outcome = translateStorageErrors(() => this.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get())
    if (outcome?.['busy'] !== 0)
      throw new CoatcheckError('storage_unavailable', { reason: 'another process is reading' })
  }

  close(): void {
    this.#statements.clear()
    if (this.#connection.isOpen) this.#connection.close()
  }
}

/** SECURITY: file and folder belong to this user alone; SQLite gives its log and index files the mode of the database. */
function preparePrivateFile(path: string): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const entry = lstatSync(folder)
  if (entry.uid !== process.geteuid?.()) throw unsafe('the folder belongs to another user')
  if ((entry.mode & 0o077) !== 0) throw unsafe('the folder is open to group or others')
  const file = lstatSync(path, { throwIfNoEntry: false })
  if (file !== undefined && !file.isFile()) throw unsafe('it is not a file')
  // An existing file is not opened here: closing it would drop the locks that other connections of this process hold on it.
  if (file === undefined) createEmptyFile(path)
  chmodSync(path, 0o600)
}

function createEmptyFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    // Another process that opens the same database was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function unsafe(reason: string): CoatcheckError {
  return new CoatcheckError('storage_unavailable', { reason })
}

function connect(path: string): DatabaseSync {
  const connection = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
  try {
    enterLogMode(connection)
    connection.exec('PRAGMA synchronous = FULL')
    // SECURITY: what is deleted is overwritten, and no function or view of a foreign schema is run on our behalf.
    connection.exec('PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY')
    migrate(connection)
    for (const suffix of ['', '-wal', '-shm']) {
      if (existsSync(path + suffix)) chmodSync(path + suffix, 0o600)
    }
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/** SQLite does not wait for a lock here when two processes open a new file at the same time, so this does. */
function enterLogMode(connection: DatabaseSync): void {
  const until = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      connection.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if ((error as { readonly errcode?: number }).errcode !== 5 || performance.now() > until) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, openRetryMs)
    }
  }
}

function migrate(connection: DatabaseSync): void {
  const applied = () => Number(connection.prepare('PRAGMA user_version').get()?.['user_version'])
  if (applied() > migrations.length)
    throw new CoatcheckError('storage_newer', { schema: applied(), known: migrations.length })
  if (applied() === migrations.length) return
  connection.exec('BEGIN IMMEDIATE')
  try {
    for (const sql of migrations.slice(applied())) connection.exec(sql)
    connection.exec(`PRAGMA user_version = ${migrations.length}`)
    connection.exec('COMMIT')
  } catch (error) {
    connection.exec('ROLLBACK')
    throw error
  }
}

/** Changes when another file takes the name, or when the file is written to. */
function identifyFile(path: string): string {
  const entry = statSync(path, { bigint: true, throwIfNoEntry: false })
  return entry === undefined ? 'missing' : `${entry.dev}:${entry.ino}:${entry.size}:${entry.mtimeNs}`
}
