import { lstatSync } from 'node:fs'
import type { JournalHead } from '@coatcheck/contract'
import { isJournalId, journalPath, listJournals } from './journal-directory.ts'
import { claimedHead } from './journal-line.ts'
import { readJournal, readLastLine } from './journal-reader.ts'

interface KnownJournal {
  readonly size: number
  readonly head: JournalHead | undefined
  readonly links: readonly JournalHead[]
}

/** Finds the journals of a directory that no other journal continues from. Through their links they lead to all others. */
export class JournalTips {
  readonly #directory: string
  #known: ReadonlyMap<string, KnownJournal> = new Map()

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Reads the journals that have grown since the last call. */
  read(): readonly JournalHead[] {
    const found = new Map(listJournals(this.#directory).map((journal) => [journal, this.#look(journal)]))
    this.#known = found
    const linked = new Set([...found.values()].flatMap(({ links }) => links.map(nameOf)))
    return [...found.values()].flatMap(({ head }) => (head === undefined || linked.has(nameOf(head)) ? [] : [head]))
  }

  #look(journal: string): KnownJournal {
    const path = journalPath(this.#directory, journal)
    try {
      const { size } = lstatSync(path)
      const known = this.#known.get(journal)
      if (known?.size === size) return known
      const last = readLastLine(path)
      return {
        size,
        head: last === undefined ? undefined : claimedHead(journal, last),
        links: known !== undefined && known.links.length > 0 ? known.links : readLinks(path, journal),
      }
    } catch {
      // A file that cannot be read has no head to link to; `verifyAudit` says what is wrong with it.
      return { size: -1, head: undefined, links: [] }
    }
  }
}

/** Heads of the journals that were there when this one was opened; none when its first record does not say so. */
export function readLinks(path: string, journal: string): readonly JournalHead[] {
  for (const { text } of readJournal(path)) return linksOf(text, journal)
  return []
}

/** Heads that the first line of `journal` links to. */
function linksOf(text: string, journal: string): readonly JournalHead[] {
  const event = parseObject(text)?.['event']
  if (!isRecord(event) || event['kind'] !== 'journal.opened' || event['id'] !== journal) return []
  const heads = event['heads']
  return Array.isArray(heads) ? heads.flatMap((head) => parseHead(head) ?? []) : []
}

/** A head as read from outside; undefined when it is not one. */
export function parseHead(value: unknown): JournalHead | undefined {
  if (!isRecord(value)) return undefined
  const { journal, sequence, hash } = value
  if (typeof journal !== 'string' || !isJournalId(journal)) return undefined
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 1) return undefined
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return undefined
  return { journal, sequence, hash }
}

function nameOf({ journal, sequence, hash }: JournalHead): string {
  return `${journal} ${sequence} ${hash}`
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
