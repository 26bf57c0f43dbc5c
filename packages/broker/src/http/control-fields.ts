import type { HeadFaultCode } from './head-fault.ts'
import type { HeaderField } from './header-field.ts'

/** What the fields of a head say about the message and its connection. */
export class ControlFields {
  contentLength: string | undefined = undefined
  transferEncoding: string | undefined = undefined
  upgrade: string | undefined = undefined
  expect: string | undefined = undefined
  /** Options of Connection, and of the Proxy-Connection that old clients send to proxies. */
  closes = false
  keepsAlive = false
  upgrades = false
  fault: HeadFaultCode | undefined = undefined

  constructor(fields: readonly HeaderField[]) {
    for (const { name, value } of fields) {
      // Most fields end here: no name of another length is of interest.
      switch (name.length) {
        case 6:
          if (name.toLowerCase() === 'expect') this.expect = joined(this.expect, value)
          break
        case 7:
          if (name.toLowerCase() === 'upgrade') this.upgrade = joined(this.upgrade, value)
          break
        case 10:
          if (name.toLowerCase() === 'connection') this.#readOptions(value)
          break
        case 14:
          this.#readLength(name, value)
          break
        case 16:
          if (name.toLowerCase() === 'proxy-connection') this.#readOptions(value)
          break
        case 17:
          this.#readEncoding(name, value)
          break
      }
    }
  }

  #readLength(name: string, value: string): void {
    if (!isNamed(name, 'content-length')) return
    if (name.includes('_')) this.fault ??= 'field_name'
    // SECURITY: repeated is refused even if equal; readers differ in which one they take.
    if (this.contentLength !== undefined) this.fault ??= 'length_repeated'
    this.contentLength = value
  }

  #readEncoding(name: string, value: string): void {
    if (!isNamed(name, 'transfer-encoding')) return
    if (name.includes('_')) this.fault ??= 'field_name'
    if (this.transferEncoding !== undefined) this.fault ??= 'encoding_unsupported'
    this.transferEncoding = value
  }

  #readOptions(value: string): void {
    for (const text of value.split(',')) {
      const option = text.trim().toLowerCase()
      if (option === 'close') this.closes = true
      else if (option === 'keep-alive') this.keepsAlive = true
      else if (option === 'upgrade') this.upgrades = true
    }
  }

  /** Whether the connection outlives the message, RFC 9112 §9.3. */
  persistsAfter(minor: 0 | 1): boolean {
    return !this.closes && (minor === 1 || this.keepsAlive)
  }
}

/** SECURITY: gateways to CGI and its kin take `_` for `-`, so a name with one frames the message for them alone. */
function isNamed(name: string, wanted: string): boolean {
  const key = name.toLowerCase()
  return key === wanted || (key.includes('_') && key.replaceAll('_', '-') === wanted)
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`
}
