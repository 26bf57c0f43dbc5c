import { networkInterfaces } from 'node:os'
import ipaddr from 'ipaddr.js'
import { type AddressClass, classifyAddress } from './address-class.ts'

/** A TCP address that belongs to the broker itself: its listeners, its database, its key service. */
export interface OwnEndpoint {
  /** Address literal; `0.0.0.0` or `::` stands for every address of this machine. */
  readonly address: string
  readonly port: number
}

/** What a scope or rule opens beyond public addresses. */
export interface AddressAllowance {
  /** Private and loopback addresses. */
  readonly allowPrivate?: boolean
  /** The operator wrote this very address. */
  readonly pinned?: boolean
}

/** Decides which addresses may be dialled. */
export class AddressCheck {
  readonly #own: readonly OwnEndpoint[]

  /** `own` is read at every check, so that listeners may be added while the broker runs. */
  constructor(own: readonly OwnEndpoint[]) {
    this.#own = own
  }

  /** Why an address must not be dialled; undefined when it may be. */
  prohibition(address: string, port: number, allowance: AddressAllowance): AddressClass | 'own' | undefined {
    const found = classifyAddress(address)
    if (!isAllowed(found, allowance)) return found
    // SECURITY: no allowance and no pin leads back into the broker, where its own rights would be lent out.
    return this.#isOwn(address, found, port) ? 'own' : undefined
  }

  #isOwn(address: string, found: AddressClass, port: number): boolean {
    return this.#own.some((own) => {
      if (own.port !== port) return false
      if (classifyAddress(own.address) !== 'unusable') return sameAddress(own.address, address)
      return found === 'loopback' || machineAddresses().some((local) => sameAddress(local, address))
    })
  }
}

function isAllowed(found: AddressClass, { allowPrivate, pinned }: AddressAllowance): boolean {
  // SECURITY: metadata services give out the machine's own credentials; nothing opens them.
  if (found === 'metadata' || found === 'unusable') return false
  if (found === 'public' || pinned === true) return true
  return allowPrivate === true && (found === 'private' || found === 'loopback')
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries = []) => entries.map(({ address }) => address))
}

function sameAddress(one: string, other: string): boolean {
  return ipaddr.parse(one).toNormalizedString() === ipaddr.parse(other).toNormalizedString()
}
