import { existsSync } from 'node:fs'
import { setImmediate as nextTick } from 'node:timers/promises'
import type { AuditCheckpoint, AuditVerification, JournalHead } from '@coatcheck/contract'
import { isCheckpointGenuine } from './checkpoint.ts'
import { readCheckpointKey } from './checkpoint-key.ts'
import { readStoredCheckpoints } from './checkpointer.ts'
import { JournalClaims } from './journal-claims.ts'
import { type Coverage, coverageOf } from './journal-coverage.ts'
import { journalPath, listJournals } from './journal-directory.ts'
import { chainSeed, verifyLine } from './journal-line.ts'
import { readJournal } from './journal-reader.ts'
import { readLinks } from './journal-tips.ts'

/** Where the journals are, and what is known about them from elsewhere. */
export interface VerificationRequest {
  readonly directory: string
  /** Checkpoints that were exported and kept outside. */
  readonly anchors?: readonly AuditCheckpoint[]
  /** Key of the checkpoints; without it, each is held against the key that it names itself. */
  readonly keyFile?: string
}

/** How much earlier than a checkpoint a record that it does not know may claim to be; writers wait this long at most. */
const toleranceMs = 60_000
const linesPerTurn = 2_000
const maxFaults = 100

/**
 * Reads every journal of a directory and says what was changed, removed, moved, added or cut: in the chain anywhere, at
 * the end of a journal up to what a later journal, a checkpoint or an anchor knows of it. Whoever can write the directory can
 * also forge an end that no anchor from outside knows, so the result says since when there is none. Memory stays flat.
 */
export async function verifyAudit(request: VerificationRequest): Promise<AuditVerification> {
  const verifier = new Verifier(request)
  await verifier.run()
  return verifier.result()
}

class Verifier {
  readonly #request: VerificationRequest
  readonly #claims = new JournalClaims()
  readonly #links = new Map<string, readonly JournalHead[]>()
  readonly #faults: string[] = []
  #faultCount = 0
  #records = 0
  #journals = 0
  #unanchoredSince: string | null = null
  #anchored: Coverage = new Map()
  /** The latest checkpoint or anchor: it knows all that was there. */
  #latest: { readonly at: string; readonly covered: Coverage } | undefined

  constructor(request: VerificationRequest) {
    this.#request = request
  }

  async run(): Promise<void> {
    const { directory } = this.#request
    // Statements first, then the files: a file that grows meanwhile holds at least what was stated.
    const { anchors, stored } = this.#readCheckpoints()
    for (const journal of listJournals(directory)) this.#claimLinks(journal)
    this.#anchored = coverageOf(
      anchors.flatMap(({ heads }) => heads),
      (journal) => this.#linksOf(journal),
    )
    const latest = [...anchors, ...stored].sort((one, other) => (one.at < other.at ? 1 : -1))[0]
    if (latest !== undefined) {
      this.#latest = { at: latest.at, covered: coverageOf(latest.heads, (journal) => this.#linksOf(journal)) }
    }
    for (const journal of new Set([...this.#links.keys(), ...this.#claims.journals])) await this.#verify(journal)
  }

  result(): AuditVerification {
    const hidden = this.#faultCount - this.#faults.length
    return {
      ok: this.#faultCount === 0,
      records: this.#records,
      journals: this.#journals,
      faults: hidden === 0 ? this.#faults : [...this.#faults, `and ${hidden} more`],
      unanchoredSince: this.#unanchoredSince,
    }
  }

  #readCheckpoints(): { anchors: readonly AuditCheckpoint[]; stored: readonly AuditCheckpoint[] } {
    const { directory, keyFile, anchors = [] } = this.#request
    const found = existsSync(directory) ? readStoredCheckpoints(directory) : new Map<string, undefined>()
    const trusted = keyFile === undefined ? undefined : readCheckpointKey(keyFile)?.publicKey
    if (keyFile !== undefined && trusted === undefined && anchors.length + found.size > 0) {
      this.#fault(`the key of the checkpoints, ${keyFile}, is missing`)
    }
    const accept = (checkpoint: AuditCheckpoint | undefined, name: string): readonly AuditCheckpoint[] => {
      if (checkpoint === undefined) this.#fault(`${name} is no checkpoint`)
      else if (!isCheckpointGenuine(checkpoint, trusted))
        this.#fault(`${name} is not signed by the key of this installation`)
      else {
        this.#claims.add(checkpoint.heads, name)
        return [checkpoint]
      }
      return []
    }
    return {
      anchors: anchors.flatMap((anchor) => accept(anchor, `the anchor of ${anchor.at}`)),
      stored: [...found].flatMap(([name, checkpoint]) => accept(checkpoint, name)),
    }
  }

  #linksOf(journal: string): readonly JournalHead[] {
    return this.#links.get(journal) ?? []
  }

  #claimLinks(journal: string): void {
    let links: readonly JournalHead[] = []
    try {
      links = readLinks(journalPath(this.#request.directory, journal), journal)
    } catch {
      // Reading it whole, later, says why it cannot be read.
    }
    this.#links.set(journal, links)
    this.#claims.add(links, `${journal}.jsonl`)
  }

  async #verify(journal: string): Promise<void> {
    const reached = { sequence: 0, hash: chainSeed(journal) }
    try {
      for (const { text } of readJournal(journalPath(this.#request.directory, journal))) {
        if (reached.sequence % linesPerTurn === linesPerTurn - 1) await nextTick()
        const hash = verifyLine(text, reached.sequence + 1, reached.hash)
        if (hash === undefined) {
          return this.#fault(
            `${journal}.jsonl, line ${reached.sequence + 1}: changed, moved, added, or the line before it is gone`,
          )
        }
        reached.sequence++
        reached.hash = hash
        this.#inspect(journal, reached, text)
      }
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
      const known = this.#claims.furthestBeyond(journal, 0)
      if (code !== 'ENOENT') return this.#fault(`${journal}.jsonl cannot be read (${code})`)
      if (known !== undefined)
        this.#fault(`${journal}.jsonl is missing; ${known.by} knows ${known.sequence} records of it`)
      return
    }
    if (reached.sequence > 0) this.#journals++
    const beyond = this.#claims.furthestBeyond(journal, reached.sequence)
    if (beyond !== undefined) {
      this.#fault(
        `${journal}.jsonl ends at line ${reached.sequence}; ${beyond.by} knows ${beyond.sequence} lines of it`,
      )
    }
  }

  #inspect(journal: string, { sequence, hash }: { sequence: number; hash: string }, text: string): void {
    this.#records++
    for (const claim of this.#claims.at(journal, sequence)) {
      if (claim.hash !== hash) this.#fault(`${journal}.jsonl, line ${sequence}: not the record that ${claim.by} knows`)
    }
    if (sequence === 1 && !isOpening(text, journal)) this.#fault(`${journal}.jsonl, line 1: does not open this journal`)
    if (sequence === (this.#anchored.get(journal) ?? 0) + 1) {
      const at = instantOf(text)
      if (this.#unanchoredSince === null || at < this.#unanchoredSince) this.#unanchoredSince = at
    }
    const { at, covered } = this.#latest ?? {}
    if (at === undefined || sequence <= (covered?.get(journal) ?? 0)) return
    if (Date.parse(instantOf(text)) < Date.parse(at) - toleranceMs) {
      this.#fault(
        `${journal}.jsonl, line ${sequence}: claims to be older than the checkpoint of ${at}, which does not know it`,
      )
    }
  }

  #fault(sentence: string): void {
    this.#faultCount++
    if (this.#faults.length < maxFaults) this.#faults.push(sentence)
  }
}

function isOpening(text: string, journal: string): boolean {
  const { id, kind } = eventOf(text)
  return kind === 'journal.opened' && id === journal
}

function instantOf(text: string): string {
  const { at } = eventOf(text)
  // A record without a time counts as older than anything.
  return typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? at : new Date(0).toISOString()
}

function eventOf(text: string): Record<string, unknown> {
  try {
    return (JSON.parse(text) as { event: Record<string, unknown> }).event
  } catch {
    return {}
  }
}
