import { closeSync, fsyncSync, openSync } from 'node:fs'
import { CoatcheckError, type JournalHead } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { asciiJson } from './ascii-json.ts'
import type { AuditEntry, AuditLog } from './audit-log.ts'
import { prepareJournalDirectory } from './journal-directory.ts'
import { JournalFile } from './journal-file.ts'
import { maxLineBytes } from './journal-line.ts'
import { JournalTips } from './journal-tips.ts'
import { renderEntry } from './render-entry.ts'

/** How a journal is kept. */
export interface JournalOptions {
  /** Shared by all processes of one node; made with mode 0700. */
  readonly directory: string
  readonly nodeId: string
  readonly clock: Clock
  /** `process` (default) survives the death of the process; `disk` that of the machine. */
  readonly durability?: 'process' | 'disk'
  /** What the process was told that decides where secrets go; stands in the first record of each file. */
  readonly settings?: string
}

/** Room that a line needs beside its event. */
const lineOverheadBytes = 128

interface Waiting {
  readonly event: string
  readonly resolve: () => void
  readonly reject: (reason: CoatcheckError) => void
}

/**
 * The audit journal of one process: a hash-chained file of JSON lines in a directory that other processes write their own
 * files to. A file is begun with the first event, and when the present one was lost or could not be synced.
 */
export class Journal implements AuditLog {
  readonly #options: JournalOptions
  readonly #tips: JournalTips
  #file: JournalFile | undefined
  /** Where this process came to in a file that it gave up; the next file links to it, even when it is gone. */
  #abandoned: readonly JournalHead[] = []
  #head: JournalHead | undefined
  #queue: Waiting[] = []
  #unsynced = new Set<Promise<void>>()
  #state: 'ok' | 'failing' = 'ok'
  #closed: Promise<void> | undefined

  /** @throws CoatcheckError `audit_unavailable` */
  constructor(options: JournalOptions) {
    this.#options = options
    this.#tips = new JournalTips(options.directory)
    prepareJournalDirectory(options.directory)
  }

  /** `failing` from a failed write until the next one that succeeds. */
  get state(): 'ok' | 'failing' {
    return this.#state
  }

  /** The last record that this process wrote; undefined before its first. */
  get head(): JournalHead | undefined {
    return this.#head
  }

  append(entry: AuditEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) throw unavailable('closed')
      const event = renderEntry(entry, this.#options.clock.now())
      if (event.length > maxLineBytes - lineOverheadBytes) throw unavailable('record too long')
      if (this.#queue.push({ event, resolve, reject }) === 1) setImmediate(() => this.#flush())
    })
  }

  /** Resolves once everything written so far is on the disk. @throws CoatcheckError `audit_unavailable` */
  async sync(): Promise<void> {
    const file = this.#file
    try {
      await file?.sync()
    } catch (error) {
      this.#abandon(file)
      throw unavailable(error)
    }
  }

  /** Writes what waits, then refuses further records. */
  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #end(): Promise<void> {
    this.#flush()
    await Promise.allSettled(this.#unsynced)
    await this.#file?.close()
    this.#file = undefined
  }

  #flush(): void {
    const batch = this.#queue
    if (batch.length === 0) return
    this.#queue = []
    try {
      const file = this.#present()
      const { written, failure } = file.write(batch.map(({ event }) => event))
      this.#head = file.head
      this.#acknowledge(file, written === batch.length ? batch : batch.slice(0, written))
      if (failure !== undefined) this.#refuse(batch.slice(written), failure)
    } catch (error) {
      this.#refuse(batch, error)
    }
  }

  #acknowledge(file: JournalFile, batch: readonly Waiting[]): void {
    if (batch.length === 0) return
    if (this.#options.durability !== 'disk') {
      this.#settle(batch)
      return
    }
    const synced = file.sync().then(
      () => this.#settle(batch),
      (error: unknown) => {
        this.#abandon(file)
        this.#refuse(batch, error)
      },
    )
    this.#unsynced.add(synced)
    void synced.finally(() => this.#unsynced.delete(synced))
  }

  #settle(batch: readonly Waiting[]): void {
    this.#state = 'ok'
    for (const { resolve } of batch) resolve()
  }

  #refuse(batch: readonly Waiting[], cause: unknown): void {
    this.#state = 'failing'
    const failure = unavailable(cause)
    for (const { reject } of batch) reject(failure)
  }

  /** The file to write to; a new one when there is none. */
  #present(): JournalFile {
    if (this.#file !== undefined && !this.#file.isIntact()) {
      // SECURITY: records that are in the file no longer must be missed, so nothing goes on as if it were there.
      this.#abandon(this.#file)
      throw unavailable('the journal was removed, replaced or changed by another program')
    }
    this.#file ??= this.#begin()
    return this.#file
  }

  #abandon(file: JournalFile | undefined): void {
    if (file === undefined || file !== this.#file) return
    this.#file = undefined
    this.#abandoned = [...this.#abandoned, file.head]
    file.close().catch(() => {
      // Nothing is written to it any more; the descriptor is all that is lost.
    })
  }

  #begin(): JournalFile {
    const { directory, nodeId, clock, durability, settings = '' } = this.#options
    prepareJournalDirectory(directory)
    const others = this.#tips.read().filter(({ journal }) => this.#abandoned.every((own) => own.journal !== journal))
    const file = new JournalFile(directory)
    const { written, failure } = file.write([
      asciiJson({
        id: file.head.journal,
        kind: 'journal.opened',
        project: '',
        subject: nodeId,
        note: [`process ${process.pid}`, settings].filter((text) => text !== '').join('; '),
        heads: [...others, ...this.#abandoned],
        at: clock.now().toISOString(),
      }),
    ])
    if (written === 0) {
      file.remove()
      throw failure
    }
    if (durability === 'disk') this.#syncDirectory(file)
    this.#abandoned = []
    return file
  }

  /** Makes the name of a new file survive the death of the machine. */
  #syncDirectory(file: JournalFile): void {
    const descriptor = openSync(this.#options.directory, 'r')
    try {
      fsyncSync(descriptor)
    } catch (error) {
      file.remove()
      throw error
    } finally {
      closeSync(descriptor)
    }
  }
}

function unavailable(cause: unknown): CoatcheckError {
  if (cause instanceof CoatcheckError) return cause
  if (typeof cause === 'string') return new CoatcheckError('audit_unavailable', { reason: cause })
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown'
  return new CoatcheckError('audit_unavailable', { reason }, { cause })
}
