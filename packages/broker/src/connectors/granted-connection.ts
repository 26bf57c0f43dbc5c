import { isIPv4 } from 'node:net'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import type { Destination, SocketScheme } from '../foundation/destination.ts'
import { isSocketScheme } from '../foundation/destination.ts'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import type { DialOptions } from '../upstream/upstream.ts'

/** One place where the same login is good. */
export interface GrantedPlace {
  readonly destination: Destination & { readonly scheme: SocketScheme }
  /** As it was written; names the rule in records. */
  readonly rule: string
  readonly reach: Pick<DialOptions, 'pin' | 'allowPrivate'>
  readonly roots: string
  readonly isLocal: boolean
}

/** Where a secret lets a connector log in, and how. */
export interface GrantedConnection extends GrantedPlace {
  readonly inject: InjectorSpec
  /** Where further scopes lead that say the same of the same protocol: members of one service, to a connector that knows such. */
  readonly others: readonly GrantedPlace[]
}

/** The first scope of a secret that a connector serves, with those beside it. @throws CoatcheckError `scope_invalid` */
export function grantedConnection(scopes: readonly Scope[]): GrantedConnection | undefined {
  const [first, ...further] = placesOf(scopes)
  if (first === undefined) return undefined
  const same = (each: typeof first): boolean =>
    each.destination.scheme === first.destination.scheme && JSON.stringify(each.inject) === JSON.stringify(first.inject)
  return { ...first, others: further.filter(same) }
}

function placesOf(scopes: readonly Scope[]): readonly Omit<GrantedConnection, 'others'>[] {
  const places: Omit<GrantedConnection, 'others'>[] = []
  for (const { to, inject, pin, allowPrivate, roots = '' } of scopes) {
    const { scheme, exactHost, port, text } = parseDestinationPattern(to, { clearText: true, sharedSuffix: true })
    if (!isSocketScheme(scheme) || exactHost === null) continue
    places.push({
      destination: { scheme, host: exactHost, port },
      rule: text,
      inject,
      reach: { ...(pin && { pin }), ...(allowPrivate === undefined ? {} : { allowPrivate }) },
      roots,
      isLocal: isOwnMachine(pin?.address ?? exactHost),
    })
  }
  return places
}

function isOwnMachine(address: string): boolean {
  return address === 'localhost' || address === '::1' || (isIPv4(address) && address.startsWith('127.'))
}
