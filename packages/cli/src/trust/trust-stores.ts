import { dockerStore } from './stores/docker.ts'
import { javaStore } from './stores/java.ts'
import { keychainStore } from './stores/keychain.ts'
import { nssStore } from './stores/nss.ts'
import { systemStore } from './stores/system.ts'
import type { StoreName, TrustStore } from './trust-store.ts'

/** Every store that authorities can be put into. */
export const trustStores: Readonly<Record<StoreName, TrustStore>> = {
  system: systemStore,
  java: javaStore,
  nss: nssStore,
  docker: dockerStore,
  keychain: keychainStore,
}
