import type { KeyRing } from '../vault/key-ring.ts'
import type { Placed } from './decoy.ts'
import type { DecoyStore } from './decoy-store.ts'
import { findGrantOf } from './find-grant.ts'
import type { SandboxStore } from './sandbox-store.ts'

/** Where placeholders are looked for. */
export interface PlacedStores {
  readonly sandboxes: Pick<SandboxStore, 'findGrantByPlaceholder'>
  readonly decoys: Pick<DecoyStore, 'findByPlaceholder'>
}

/**
 * The grant or the decoy that a text is the placeholder of, also while keys are rotated.
 * @throws CoatcheckError `vault_locked` | `row_tampered`
 */
export function findPlaced(text: string, keyRing: KeyRing, { sandboxes, decoys }: PlacedStores): Placed | undefined {
  const grant = findGrantOf(text, keyRing, sandboxes)
  if (grant !== undefined) return grant
  for (const index of keyRing.placeholderIndexes(text)) {
    const decoy = decoys.findByPlaceholder(index)
    if (decoy !== undefined) return decoy
  }
  return undefined
}
