import {
  closeSync,
  constants,
  fdatasync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type AuditCheckpoint, CoatcheckError, type JournalHead } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { parseCheckpoint, signCheckpoint } from './checkpoint.ts'
import { type CheckpointKey, openCheckpointKey } from './checkpoint-key.ts'
import type { Journal } from './journal.ts'
import { journalPath } from './journal-directory.ts'
import { JournalTips } from './journal-tips.ts'

const suffix = '.checkpoint.json'
const usualIntervalMs = 60_000
const datasync = promisify(fdatasync)

/** What a checkpointer needs. */
export interface CheckpointerOptions {
  readonly directory: string
  /** Of this process. */
  readonly journal: Journal
  /** Made at first use; best in another directory than the journals. */
  readonly keyFile: string
  readonly clock: Clock
  /** 60 s when absent. */
  readonly intervalMs?: number
}

/** Signs, once a minute, how far the journals of a directory went, and keeps the newest statement beside them. */
export class Checkpointer {
  readonly #options: CheckpointerOptions
  readonly #key: CheckpointKey
  readonly #tips: JournalTips
  readonly #timer: NodeJS.Timeout
  /** What the file of this process is called after: the first journal that it wrote. */
  #name: string | undefined
  #stated = ''
  #running: Promise<unknown> = Promise.resolve()
  #state: 'ok' | 'failing' = 'ok'

  /** @throws CoatcheckError `checkpoint_key_unusable` */
  constructor(options: CheckpointerOptions) {
    this.#options = options
    this.#key = openCheckpointKey(options.keyFile)
    this.#tips = new JournalTips(options.directory)
    this.#timer = setInterval(() => {
      this.#renew().catch(() => {
        // `state` tells; the next interval tries again.
      })
    }, options.intervalMs ?? usualIntervalMs)
    this.#timer.unref()
  }

  /** `failing` from a checkpoint that could not be made until the next one that could. */
  get state(): 'ok' | 'failing' {
    return this.#state
  }

  /** A checkpoint of this instant, to be kept where whoever writes the journals cannot. @throws CoatcheckError `audit_unavailable` */
  exportCheckpoint(): Promise<AuditCheckpoint> {
    return this.#inTurn(() => this.#take())
  }

  /** Takes a last checkpoint; to be called before the journal closes. Never rejects. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#renew().catch(() => {
      // A missing last checkpoint means that less is covered, which `verifyAudit` says.
    })
  }

  #renew(): Promise<void> {
    return this.#inTurn(async () => {
      // A process that records nothing states nothing.
      if (this.#options.journal.head !== undefined && namesOf(this.#heads()) !== this.#stated) await this.#take()
    })
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const run = this.#running.then(action)
    this.#running = run.catch(() => {})
    return run
  }

  async #take(): Promise<AuditCheckpoint> {
    try {
      // The instant comes first: everything recorded before it is covered.
      const at = this.#options.clock.now().toISOString()
      const heads = this.#heads()
      await this.#syncAll(heads)
      const checkpoint = signCheckpoint(this.#key, at, heads)
      this.#keep(checkpoint)
      this.#stated = namesOf(heads)
      this.#state = 'ok'
      return checkpoint
    } catch (error) {
      this.#state = 'failing'
      if (error instanceof CoatcheckError) throw error
      const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
      throw new CoatcheckError('audit_unavailable', { reason }, { cause: error })
    }
  }

  /** One file for each process that records, so that none can take back what another one stated. */
  #keep(checkpoint: AuditCheckpoint): void {
    this.#name ??= this.#options.journal.head?.journal
    if (this.#name === undefined) return
    const path = join(this.#options.directory, `${this.#name}${suffix}`)
    writeFileSync(`${path}.new`, `${JSON.stringify(checkpoint)}\n`, { mode: 0o600, flush: true })
    renameSync(`${path}.new`, path)
  }

  #heads(): readonly JournalHead[] {
    const own = this.#options.journal.head
    // SECURITY: of its own journal, the process states what it wrote and not what the file now says.
    const others = this.#tips.read().filter(({ journal }) => journal !== own?.journal)
    return own === undefined ? others : [...others, own]
  }

  /** A checkpoint must not outlive, in the death of the machine, the records that it states. */
  async #syncAll(heads: readonly JournalHead[]): Promise<void> {
    const own = this.#options.journal
    await own.sync()
    for (const { journal } of heads) {
      if (journal === own.head?.journal) continue
      const path = journalPath(this.#options.directory, journal)
      const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
      try {
        await datasync(descriptor)
      } finally {
        closeSync(descriptor)
      }
    }
  }
}

/** The checkpoints kept beside the journals, by file name. */
export function readStoredCheckpoints(directory: string): ReadonlyMap<string, AuditCheckpoint | undefined> {
  const found = new Map<string, AuditCheckpoint | undefined>()
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith(suffix)) continue
    try {
      found.set(name, parseCheckpoint(readFileSync(join(directory, name), 'utf8')))
    } catch {
      found.set(name, undefined)
    }
  }
  return found
}

function namesOf(heads: readonly JournalHead[]): string {
  return heads.map(({ journal, sequence, hash }) => `${journal} ${sequence} ${hash}`).join('\n')
}
