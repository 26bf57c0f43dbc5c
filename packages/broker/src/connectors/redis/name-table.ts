/** Longest name that is looked up, in bytes; a longer one is in no table. */
export const maxNameBytes = 64

interface Slot<Value> {
  readonly name: Uint8Array
  readonly value: Value
}

/** Values by ASCII name, whatever its case, looked up in bytes without making a text of them. */
export class NameTable<Value> {
  readonly #slots: (Slot<Value> | undefined)[]
  readonly #mask: number

  /** @param entries names in lower case */
  constructor(entries: ReadonlyMap<string, Value>) {
    const size = 2 ** Math.ceil(Math.log2(entries.size * 4 + 4))
    this.#mask = size - 1
    this.#slots = Array.from({ length: size }, () => undefined)
    for (const [text, value] of entries) {
      const name = Buffer.from(text, 'latin1')
      let at = hashOf(name, 0, name.length) & this.#mask
      while (this.#slots[at] !== undefined) at = (at + 1) & this.#mask
      this.#slots[at] = { name, value }
    }
  }

  /** What the name in these bytes stands for. */
  find(bytes: Uint8Array, start: number, end: number): Value | undefined {
    let at = hashOf(bytes, start, end) & this.#mask
    for (let slot = this.#slots[at]; slot !== undefined; slot = this.#slots[at]) {
      if (isName(slot.name, bytes, start, end)) return slot.value
      at = (at + 1) & this.#mask
    }
    return undefined
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start
  for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at]! | 0x20)) | 0
  return hash ^ (hash >>> 11)
}

function isName(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let at = 0; at < name.length; at += 1) {
    const byte = bytes[start + at]!
    // SECURITY: letters alone have two cases; other bytes that differ in that bit are other bytes.
    if (name[at] !== (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)) return false
  }
  return true
}
