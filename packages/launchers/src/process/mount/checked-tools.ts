import { CoatcheckError } from '@coatcheck/contract'
import type { HostIdentity } from '../../gateway.ts'
import type { Mount } from '../../launcher.ts'
import { type CheckedMount, checkMount } from './checked-mount.ts'
import type { ForbiddenPlaces } from './forbidden-places.ts'
import { liesIn } from './path-relation.ts'

/** Mounts of programs that may be shown, and what is said about the rest. */
export interface CheckedTools {
  readonly checked: readonly CheckedMount[]
  readonly leftOut: readonly string[]
}

/** Checks the mounts of programs beside those that somebody asked for; what is not to be shown is left out. */
export function checkTools(
  mounts: readonly Mount[],
  asked: readonly CheckedMount[],
  places: ForbiddenPlaces,
  runAs: HostIdentity | undefined,
): CheckedTools {
  const checked: CheckedMount[] = []
  const leftOut: string[] = []
  for (const mount of mounts) {
    try {
      const tool: CheckedMount = { ...checkMount({ ...mount, writable: false }, places, runAs), isTool: true }
      // SECURITY: nothing is mounted into, or around, what an agent can change: a link planted there would lead it astray.
      const meets = [...asked, ...checked].some(
        ({ target }) => liesIn(tool.target, target) || liesIn(target, tool.target),
      )
      if (meets) leftOut.push(`${mount.source}: it meets another mount`)
      else checked.push(tool)
    } catch (error) {
      leftOut.push(`${mount.source}: ${reasonOf(error)}`)
    }
  }
  return { checked, leftOut }
}

/** Why something cannot be mounted. @throws the error itself when it says something else */
export function reasonOf(error: unknown): string {
  if (error instanceof CoatcheckError && error.code === 'mount_forbidden') return String(error.facts['reason'])
  throw error
}
