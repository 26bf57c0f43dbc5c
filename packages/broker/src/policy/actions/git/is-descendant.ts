import type { PackCommits } from '../../../foundation/pack-commits.ts'
import type { RefChange } from './push-commands.ts'

/** Whether the commits of a pack show that a change of a reference goes on from where it was. What they do not show is not known. */
export function isDescendant({ from, to }: RefChange, commits: PackCommits): boolean {
  const seen = new Set([to])
  for (const id of seen) {
    if (id === from) return true
    for (const parent of commits.parentsOf(id) ?? []) seen.add(parent)
  }
  return false
}
