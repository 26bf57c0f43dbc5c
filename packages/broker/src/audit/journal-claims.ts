import type { JournalHead } from '@coatcheck/contract'

/** A statement of somebody about a record of a journal. */
export interface Claim {
  readonly hash: string
  /** Who says so, for a reader. */
  readonly by: string
}

/** What journals and checkpoints say about each other, by journal and record. */
export class JournalClaims {
  readonly #claims = new Map<string, Map<number, Claim[]>>()

  add(heads: readonly JournalHead[], by: string): void {
    for (const { journal, sequence, hash } of heads) {
      const records = this.#claims.get(journal) ?? new Map<number, Claim[]>()
      this.#claims.set(journal, records)
      const claims = records.get(sequence) ?? []
      records.set(sequence, claims)
      claims.push({ hash, by })
    }
  }

  get journals(): Iterable<string> {
    return this.#claims.keys()
  }

  at(journal: string, sequence: number): readonly Claim[] {
    return this.#claims.get(journal)?.get(sequence) ?? []
  }

  /** The furthest record of a journal that anybody speaks of beyond `sequence`. */
  furthestBeyond(journal: string, sequence: number): { readonly sequence: number; readonly by: string } | undefined {
    const records = [...(this.#claims.get(journal) ?? [])].filter(([claimed]) => claimed > sequence)
    const [furthest] = records.sort(([one], [other]) => other - one)
    return furthest === undefined ? undefined : { sequence: furthest[0], by: furthest[1][0]?.by ?? '' }
  }
}
