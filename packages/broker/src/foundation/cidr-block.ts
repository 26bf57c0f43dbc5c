import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Addresses that share a prefix. */
export interface CidrBlock {
  /** The shortest form, e.g. `192.0.2.0/24`. */
  readonly text: string
  /** Whether a plain address lies in it. */
  contains(address: string): boolean
}

/** The blocks that stand for every address, of whatever family. */
const everywhere: ReadonlySet<string> = new Set(['0.0.0.0/0', '::/0'])

/** Reads an address or a CIDR block; undefined for anything else, IPv4 addresses in the disguise of IPv6 ones among it. */
export function parseCidrBlock(text: string): CidrBlock | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  if (rest.length > 0 || isIP(address) === 0 || address.includes('%')) return undefined
  const width = isIP(address) === 4 ? 32 : 128
  if (bits !== undefined && !/^(?:0|[1-9][0-9]{0,2})$/.test(bits)) return undefined
  const prefix = bits === undefined ? width : Number(bits)
  if (prefix > width) return undefined
  const parsed = ipaddr.parse(address)
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) return undefined
  const kind = parsed.kind()
  const canonical = `${firstOf(address, prefix, kind)}/${prefix}`
  if (everywhere.has(canonical)) return { text: canonical, contains: () => true }
  const block = ipaddr.parseCIDR(canonical)
  return {
    text: canonical,
    contains(other) {
      if (isIP(other) === 0) return false
      const found = ipaddr.parse(other)
      return found.kind() === kind && found.match(block)
    },
  }
}

/**
 * An address as the system tells it, in its shortest form: without a zone, and as IPv4 where it is an IPv4 address that
 * a listener for both families shows. Undefined for what is no address.
 */
export function plainAddress(text: string | undefined): string | undefined {
  const [address = ''] = (text ?? '').split('%')
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString()
}

function firstOf(address: string, prefix: number, kind: 'ipv4' | 'ipv6'): string {
  const text = `${address}/${prefix}`
  const first = kind === 'ipv4' ? ipaddr.IPv4.networkAddressFromCIDR(text) : ipaddr.IPv6.networkAddressFromCIDR(text)
  return first.toString()
}
