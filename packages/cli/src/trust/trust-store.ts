import type { TrustableAuthority } from './read-authority.ts'

/** The names of the stores, as the command line has them. */
export const storeNames = ['system', 'java', 'nss', 'docker', 'keychain'] as const

/** The name of one store. */
export type StoreName = (typeof storeNames)[number]

/** What a person said about the store. */
export interface StoreWishes {
  /** The store itself, where it is not in its usual place; absolute. */
  readonly at?: string
  /** For Docker: `host` or `host:port`. */
  readonly registries: readonly string[]
  /** Variables of the person: `HOME` and `JAVA_HOME` are read. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A kind of place in which programs look for authorities. */
export interface TrustStore {
  /** Where an authority goes; each is changed and undone on its own. @throws CoatcheckError `trust_store_failed` */
  placesFor(authority: TrustableAuthority, wishes: StoreWishes): readonly string[]
  /** Installs it, again if it is there. @throws CoatcheckError `trust_store_failed` */
  install(authority: TrustableAuthority, place: string, access: StoreAccess): void
  /** Takes away what `install` made, as far as it is there. @throws CoatcheckError `trust_store_failed` */
  remove(authority: Pick<TrustableAuthority, 'label' | 'fingerprintSha1'>, place: string, access: StoreAccess): void
}

/** How a store is opened. */
export interface StoreAccess {
  /** File with the password of the store. */
  readonly passwordFile?: string
}
