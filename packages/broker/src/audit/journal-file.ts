import { closeSync, constants, fdatasync, fstatSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import type { JournalHead } from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'
import { GroupCommit } from './group-commit.ts'
import { journalPath } from './journal-directory.ts'
import { type ChainedLine, chainLine, chainSeed, lineRoomBytes } from './journal-line.ts'

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
const datasync = promisify(fdatasync)

/** Room for the lines of most batches, in bytes. */
const usualBytes = 32 * 1024

/** How often the file is looked at while it is written to, in milliseconds. */
const lookEveryMs = 1

/** What became of a batch: its first `written` records are in the file, the others are not. */
export interface WriteResult {
  readonly written: number
  readonly failure?: unknown
}

/** One file that one process writes. A line that was once complete is never taken back, so readers may rely on it. */
export class JournalFile {
  readonly path: string
  readonly #descriptor: number
  readonly #commit: GroupCommit
  readonly #buffer = Buffer.allocUnsafeSlow(usualBytes)
  #head: JournalHead
  /** Bytes up to the end of the last complete line. */
  #size = 0
  /** Bytes in the file; more than `#size` while a torn line stands at the end. */
  #length = 0
  #lookedAtMs = Number.NEGATIVE_INFINITY

  /** Creates the file, mode 0600. Throws what the system says. */
  constructor(directory: string) {
    const journal = newIdentifier('jrn')
    this.path = journalPath(directory, journal)
    this.#descriptor = openSync(this.path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
    this.#head = { journal, sequence: 0, hash: chainSeed(journal) }
    this.#commit = new GroupCommit(() => datasync(this.#descriptor))
  }

  /** The last record; sequence 0 while there is none. */
  get head(): JournalHead {
    return this.#head
  }

  /**
   * False when the file was removed, cut or added to by somebody else. SECURITY: whoever may do that may do it between a look and
   * a write as well; a look in each millisecond finds it as surely as one before every write.
   */
  isIntact(): boolean {
    const nowMs = performance.now()
    if (nowMs - this.#lookedAtMs < lookEveryMs) return true
    const { nlink, size } = fstatSync(this.#descriptor)
    const isIntact = nlink > 0 && size === this.#length
    if (isIntact) this.#lookedAtMs = nowMs
    return isIntact
  }

  /** Writes records, each a JSON object in printable ASCII, with one call where the system takes them at once. */
  write(events: readonly string[]): WriteResult {
    const buffer = this.#roomFor(events)
    const lines: ChainedLine[] = []
    let { hash } = this.#head
    let end = 0
    for (const event of events) {
      const line = chainLine(buffer, end, this.#head.sequence + lines.length + 1, event, hash)
      lines.push(line)
      hash = line.hash
      end = line.end
    }
    try {
      this.#cutTornLine()
    } catch (failure) {
      return { written: 0, failure }
    }
    try {
      this.#writeBytes(buffer, end)
    } catch (failure) {
      return { written: this.#advance(lines), failure }
    }
    return { written: this.#advance(lines) }
  }

  /** Resolves once everything written before the call is on the disk. Never succeeds again after a failure. */
  sync(): Promise<void> {
    return this.#commit.join()
  }

  async close(): Promise<void> {
    await this.#commit.settled()
    closeSync(this.#descriptor)
  }

  /** Takes back a file in which nothing was acknowledged. */
  remove(): void {
    closeSync(this.#descriptor)
    unlinkSync(this.path)
  }

  #roomFor(events: readonly string[]): Buffer {
    let needed = 0
    for (const event of events) needed += event.length + lineRoomBytes
    return needed <= usualBytes ? this.#buffer : Buffer.allocUnsafeSlow(needed)
  }

  #writeBytes(bytes: Buffer, end: number): void {
    for (let done = 0; done < end; ) {
      const count = writeSync(this.#descriptor, bytes, done, end - done, this.#length)
      done += count
      this.#length += count
    }
  }

  #cutTornLine(): void {
    if (this.#length === this.#size) return
    ftruncateSync(this.#descriptor, this.#size)
    this.#length = this.#size
  }

  /** Takes the lines that are wholly in the file as written. */
  #advance(lines: readonly ChainedLine[]): number {
    const begun = this.#size
    let last: ChainedLine | undefined
    let written = 0
    for (const line of lines) {
      if (begun + line.end > this.#length) break
      last = line
      written++
    }
    if (last !== undefined) {
      this.#size = begun + last.end
      this.#head = { journal: this.#head.journal, sequence: this.#head.sequence + written, hash: last.hash }
    }
    return written
  }
}
