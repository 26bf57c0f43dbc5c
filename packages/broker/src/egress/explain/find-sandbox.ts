import { CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../../foundation/clock.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'
import { isVirtualKey } from '../../sandbox/virtual-key.ts'
import { isOver } from '../stages/identify.ts'

const pageSize = 200
/** Sandboxes, or keys, that are looked through for a name, the newest first. */
const maxSearched = 10_000

/**
 * The sandbox with an id or a name, or the virtual key with a label; of several with one name a living one, then the newest. By its id,
 * a key is found as a sandbox too.
 * @throws CoatcheckError `sandbox_not_found` | `key_not_found` | `row_tampered`
 */
export function findSandbox(
  store: Pick<SandboxStore, 'find' | 'list'>,
  project: string,
  idOrName: string,
  clock: Clock,
  kind: 'sandbox' | 'key' = 'sandbox',
): Sandbox {
  const byId = store.find(idOrName)
  if (byId?.project === project && (kind === 'sandbox' || isVirtualKey(byId))) return byId
  let newest: Sandbox | undefined
  let cursor: string | null = null
  for (let searched = 0; searched < maxSearched; searched += pageSize) {
    const page = store.list(project, pageSize, cursor, kind)
    const found = page.filter(({ name }) => name === idOrName)
    const living = found.find((sandbox) => !isOver(sandbox, clock))
    if (living !== undefined) return living
    newest ??= found[0]
    if (page.length < pageSize) break
    cursor = page.at(-1)!.id
  }
  if (newest === undefined) throw new CoatcheckError(`${kind}_not_found`)
  return newest
}
