import type { KeyRing } from '../vault/key-ring.ts'
import type { Grant } from './grant.ts'
import type { SandboxStore } from './sandbox-store.ts'

/** The grant that a placeholder belongs to, also while keys are rotated. @throws CoatcheckError `vault_locked` | `row_tampered` */
export function findGrantOf(
  placeholder: string,
  keyRing: KeyRing,
  store: Pick<SandboxStore, 'findGrantByPlaceholder'>,
): Grant | undefined {
  for (const index of keyRing.placeholderIndexes(placeholder)) {
    const grant = store.findGrantByPlaceholder(index)
    if (grant !== undefined) return grant
  }
  return undefined
}
