import type { JournalHead } from '@coatcheck/contract'

/** For each journal, the number of the last record that is covered. */
export type Coverage = ReadonlyMap<string, number>

/**
 * What heads vouch for: their own journals up to the record they name, and, through the links in the first records of
 * these, every journal that was there before.
 */
export function coverageOf(
  heads: readonly JournalHead[],
  linksOf: (journal: string) => readonly JournalHead[],
): Coverage {
  const covered = new Map<string, number>()
  const open = [...heads]
  for (let head = open.pop(); head !== undefined; head = open.pop()) {
    const before = covered.get(head.journal)
    if (before === undefined) open.push(...linksOf(head.journal))
    if (before === undefined || before < head.sequence) covered.set(head.journal, head.sequence)
  }
  return covered
}
