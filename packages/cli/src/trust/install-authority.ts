import { CoatcheckError } from '@coatcheck/contract'
import type { TrustableAuthority } from './read-authority.ts'
import type { InstalledAuthority, TrustLedger } from './trust-ledger.ts'
import type { StoreAccess, StoreName } from './trust-store.ts'
import { trustStores } from './trust-stores.ts'

/** What goes where. */
export interface Installation extends StoreAccess {
  readonly store: StoreName
  readonly places: readonly string[]
  readonly sandbox: string
  readonly now: Date
}

/** Puts an authority into places of a store, and remembers that. @throws CoatcheckError `trust_store_failed` */
export function installAuthority(
  authority: TrustableAuthority,
  { store, places, sandbox, now, ...access }: Installation,
  ledger: TrustLedger,
): readonly InstalledAuthority[] {
  const { certificate: _, ...described } = authority
  return places.map((place) => {
    const entry = { store, place, sandbox, installedAt: now.toISOString(), ...described }
    // SECURITY: remembered first, so that whatever happens in between, it can be taken away.
    ledger.remember(entry)
    try {
      trustStores[store].install(authority, place, access)
    } catch (error) {
      forgetFailed(entry, access, ledger)
      throw error
    }
    return entry
  })
}

/** Takes one away, and forgets it then. @throws CoatcheckError `trust_store_failed` */
export function removeAuthority(entry: InstalledAuthority, access: StoreAccess, ledger: TrustLedger): void {
  trustStores[entry.store].remove(entry, entry.place, access)
  ledger.forget(entry)
}

/** Half of an installation may be there; as long as that cannot be undone, it stays remembered. */
function forgetFailed(entry: InstalledAuthority, access: StoreAccess, ledger: TrustLedger): void {
  try {
    removeAuthority(entry, access, ledger)
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error
  }
}
