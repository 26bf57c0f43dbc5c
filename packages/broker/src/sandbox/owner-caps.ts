import type { Cap, CapOwner } from '@coatcheck/contract'

/** Where caps are kept that are given with a sandbox, a grant or a virtual key. */
export interface OwnerCaps {
  /** Puts all caps of one owner in the place of those before. */
  set(owner: { readonly project: string; readonly on: CapOwner; readonly owner: string }, caps: readonly Cap[]): void
  /** The caps of these owners of a project. @throws CoatcheckError `row_tampered` | `vault_locked` */
  of(project: string, owners: readonly string[]): readonly { readonly cap: Cap }[]
}
