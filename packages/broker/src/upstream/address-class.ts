import { BlockList, isIP, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * What an address is to the broker. `public`: globally routable unicast. `private` and `loopback`: reachable where a
 * scope allows it. `special`: a range that only a pin may name. `metadata`: where machines fetch their own credentials.
 * `unusable`: no single machine, or an IPv4 address in disguise, or no address at all.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'special' | 'metadata' | 'unusable'

/** Ranges by class, more specific classes first. From the IANA special-purpose registries and vendors' documentation. */
const ranges: readonly (readonly [AddressClass, readonly string[]])[] = [
  [
    'metadata',
    [
      '169.254.0.0/16', // link-local: EC2, GCP, Azure, ECS, EKS, Oracle
      '100.100.100.200/32', // Alibaba
      '168.63.129.16/32', // Azure
      '192.0.0.192/32', // Oracle
      'fd00:ec2::/32', // EC2, EKS
      'fd20:ce::/32', // GCP
      'fe80::/10', // link-local, OpenStack among them
    ],
  ],
  [
    'unusable',
    [
      '0.0.0.0/8',
      '224.0.0.0/4',
      '255.255.255.255/32',
      '::/96', // unspecified, and IPv4-compatible; loopback is found before
      '::ffff:0:0:0/96', // IPv4-translated
      '64:ff9b::/96', // NAT64
      '64:ff9b:1::/48', // NAT64, local use
      '2001::/32', // Teredo
      '2002::/16', // 6to4
      'ff00::/8',
    ],
  ],
  ['loopback', ['127.0.0.0/8']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
  [
    'special',
    [
      '100.64.0.0/10', // carrier-grade NAT
      '192.0.0.0/24', // protocol assignments
      '192.0.2.0/24', // documentation
      '192.31.196.0/24', // AS112
      '192.52.193.0/24', // AMT
      '192.88.99.0/24', // 6to4 relays
      '192.175.48.0/24', // AS112
      '198.18.0.0/15', // benchmarks
      '198.51.100.0/24', // documentation
      '203.0.113.0/24', // documentation
      '240.0.0.0/4', // reserved
      '2001::/23', // protocol assignments
      '2001:db8::/32', // documentation
      '2620:4f:8000::/48', // AS112
      '3ffe::/16', // returned
      '3fff::/20', // documentation
    ],
  ],
]

const lists = ranges.map(([name, networks]) => [name, blockListOf(networks)] as const)
const ipv6Unicast = blockListOf(['2000::/3'])

/** Classifies an address literal; only dotted IPv4 and IPv6 without a zone are addresses. */
export function classifyAddress(address: string): AddressClass {
  // SECURITY: `0x7f.1` and the like mean different things to different readers.
  if (isIP(address) === 0 || address.includes('%')) return 'unusable'
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (family === 'ipv6') {
    const { parts } = ipaddr.IPv6.parse(address)
    if (parts.slice(0, 7).every((part) => part === 0) && parts[7] === 1) return 'loopback'
    if (embedsIpv4(parts)) return 'unusable'
  }
  const found = lists.find(([, list]) => list.check(address, family))
  if (found !== undefined) return found[0]
  // SECURITY: what IANA has not given out as global unicast is not public, whether or not a list names it.
  return family === 'ipv4' || ipv6Unicast.check(address, 'ipv6') ? 'public' : 'special'
}

/**
 * IPv4-mapped addresses, for which a list would catch plain IPv4 too, and ISATAP (RFC 5214 §6.1), which puts an IPv4
 * address behind any prefix. The other forms have their prefixes in the table.
 */
function embedsIpv4(parts: readonly number[]): boolean {
  const [, , , , high = 0, low] = parts
  const mapped = parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff
  return mapped || (low === 0x5efe && (high & 0xfdff) === 0)
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4')
  }
  return list
}
