import { isIPv4 } from 'node:net'

/** Names that one sandbox may use in its life. */
const maxNames = 4_096

/**
 * The synthetic addresses of one sandbox: each name gets the next address of a network that exists nowhere else, and
 * keeps it. SECURITY: no address ever stands for two names, so the address that a program dials says which name it asked
 * for, even where the services share one.
 */
export class NameTable {
  readonly #first: number
  readonly #capacity: number
  readonly #addresses = new Map<string, string>()
  readonly #names = new Map<string, string>()

  /** @param network IPv4 network in CIDR form; its first and last address are not used. */
  constructor(network: string) {
    const [address = '', prefix = ''] = network.split('/')
    if (!isIPv4(address) || !/^(?:[89]|[12][0-9]|30)$/.test(prefix)) throw new TypeError(`not a network: ${network}`)
    const size = 2 ** (32 - Number(prefix))
    const base = toNumber(address)
    this.#first = base - (base % size) + 1
    this.#capacity = Math.min(maxNames, size - 2)
  }

  /** The address of a canonical host, given on first use; undefined when the table is full. */
  addressOf(host: string): string | undefined {
    const known = this.#addresses.get(host)
    if (known !== undefined || this.#addresses.size >= this.#capacity) return known
    const address = toText(this.#first + this.#addresses.size)
    this.#addresses.set(host, address)
    this.#names.set(address, host)
    return address
  }

  /** Whether a canonical host was given an address. */
  has(host: string): boolean {
    return this.#addresses.has(host)
  }

  /** The host that an address was given to, in plain or IPv4-mapped form. */
  nameOf(address: string): string | undefined {
    return this.#names.get(address.replace(/^::ffff:/i, ''))
  }
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}
