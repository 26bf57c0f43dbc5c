import type { GrantSetup } from './connector.ts'
import type { JudgedGrant } from './judge-grant.ts'

/** What the process of a grant is set up for. @param extraRoots roots that the operator trusts for every service, PEM */
export function grantSetup({ connection, placeholder }: JudgedGrant, extraRoots = ''): GrantSetup {
  const { destination, inject, roots, isLocal } = connection
  const { scheme, host, port } = destination
  return { scheme, placeholder, inject, host, port, roots: extraRoots + roots, isLocal }
}
