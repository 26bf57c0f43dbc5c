import { unusable } from './key-file-location.ts'
import { keyBytes } from './key-provider.ts'
import { type PassphraseCost, saltBytes } from './passphrase.ts'

/** Most keys in a file: the one in use, and the one that it takes over from. */
const maxKeys = 2
const plainPrefix = 'coatcheck-key-1:'
const passphrasePrefix = 'coatcheck-passphrase-1:'
const wrappedPrefix = 'coatcheck-wrapped-key-1:'
const digits = Buffer.from('0123456789abcdef', 'latin1')
const lineFeed = 0x0a
const plainLineBytes = plainPrefix.length + 2 * keyBytes + 1

/** Longest key file that is read, in bytes. */
export const maxKeyFileBytes = 1_024

/** A key-encryption key, encrypted under one that is derived from a passphrase. */
export interface WrappedMasterKey {
  readonly id: string
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

/** What a passphrase is turned into a key with. */
export interface PassphraseTerms {
  readonly cost: PassphraseCost
  readonly salt: Uint8Array
}

/** What stands in a key file. The key in use comes first. */
export type KeyFileContent =
  | { readonly kind: 'file'; readonly keys: readonly Uint8Array[] }
  | { readonly kind: 'passphrase'; readonly terms: PassphraseTerms; readonly keys: readonly WrappedMasterKey[] }

/** The text of a key file. The caller wipes it. */
export function formatKeyFile(content: KeyFileContent): Uint8Array {
  if (content.kind === 'file') {
    const text = Buffer.alloc(content.keys.length * plainLineBytes)
    for (const [index, key] of content.keys.entries()) writePlainLine(text.subarray(index * plainLineBytes), key)
    return text
  }
  const { cost, salt } = content.terms
  const terms = ['argon2id', cost.memoryKib, cost.passes, cost.lanes, Buffer.from(salt).toString('hex')].join(':')
  const keys = content.keys.map(
    ({ id, nonce, ciphertext }) =>
      `${wrappedPrefix}${id}:${Buffer.from(nonce).toString('hex')}:${Buffer.from(ciphertext).toString('hex')}\n`,
  )
  return Buffer.from(`${passphrasePrefix}${terms}\n${keys.join('')}`)
}

/** Reads a key file as bytes, not strings, because those could not be wiped. @throws CoatcheckError `key_unusable` */
export function parseKeyFile(text: Uint8Array): KeyFileContent {
  const [first, ...rest] = splitLines(text)
  if (first === undefined || text.length > maxKeyFileBytes) throw malformed()
  if (startsWith(first, plainPrefix)) return parsePlain([first, ...rest])
  return { kind: 'passphrase', terms: parseTerms(first), keys: parseWrapped(rest) }
}

function parsePlain(lines: readonly Uint8Array[]): KeyFileContent {
  if (lines.length > maxKeys) throw malformed()
  const keys: Uint8Array[] = []
  try {
    for (const line of lines) keys.push(parseKey(line))
    return { kind: 'file', keys }
  } catch (error) {
    for (const key of keys) key.fill(0)
    throw error
  }
}

function parseKey(line: Uint8Array): Uint8Array {
  if (!startsWith(line, plainPrefix) || line.length !== plainLineBytes - 1) throw malformed()
  const key = new Uint8Array(keyBytes)
  for (let index = 0; index < keyBytes; index++) {
    const high = digits.indexOf(line[plainPrefix.length + 2 * index]!)
    const low = digits.indexOf(line[plainPrefix.length + 2 * index + 1]!)
    if (high < 0 || low < 0) {
      key.fill(0)
      throw malformed()
    }
    key[index] = (high << 4) | low
  }
  return key
}

function parseTerms(line: Uint8Array): PassphraseTerms {
  const form = new RegExp(`^${passphrasePrefix}argon2id:(\\d{4,7}):(\\d{1,2}):(\\d{1,2}):([0-9a-f]{${2 * saltBytes}})$`)
  const [, memory, passes, lanes, salt] = form.exec(textOf(line)) ?? []
  if (salt === undefined) throw malformed()
  const cost = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  if (cost.passes < 1 || cost.lanes < 1 || cost.memoryKib < 8 * cost.lanes) throw malformed()
  return { cost, salt: Buffer.from(salt, 'hex') }
}

function parseWrapped(lines: readonly Uint8Array[]): readonly WrappedMasterKey[] {
  if (lines.length === 0 || lines.length > maxKeys) throw malformed()
  const form = new RegExp(`^${wrappedPrefix}([0-9a-f]{16}):([0-9a-f]{24}):([0-9a-f]{${2 * (keyBytes + 16)}})$`)
  return lines.map((line) => {
    const [, id, nonce, ciphertext] = form.exec(textOf(line)) ?? []
    if (id === undefined || nonce === undefined || ciphertext === undefined) throw malformed()
    return { id, nonce: Buffer.from(nonce, 'hex'), ciphertext: Buffer.from(ciphertext, 'hex') }
  })
}

/** The last line may lack its line feed; an empty line is a line. */
function splitLines(text: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(lineFeed, start)
    lines.push(text.subarray(start, end === -1 ? text.length : end))
    start = end === -1 ? text.length : end + 1
  }
  return lines
}

function writePlainLine(line: Buffer, key: Uint8Array): void {
  line.write(plainPrefix)
  for (const [index, byte] of key.entries()) {
    const at = plainPrefix.length + 2 * index
    line[at] = digits[byte >> 4]!
    line[at + 1] = digits[byte & 15]!
  }
  line[plainLineBytes - 1] = lineFeed
}

function startsWith(line: Uint8Array, prefix: string): boolean {
  return Buffer.from(prefix).equals(line.subarray(0, prefix.length))
}

/** Only for lines that hold no key in clear. */
function textOf(line: Uint8Array): string {
  return Buffer.from(line).toString('latin1')
}

function malformed(): Error {
  return unusable('it is malformed')
}
