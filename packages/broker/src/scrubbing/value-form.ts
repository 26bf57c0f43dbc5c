import { ownCopies } from '../foundation/own-copies.ts'
import type { ScrubbedValue } from './scrubbed-value.ts'

/** One way to write a value; `bytes` are the part of it that is the same whatever stands around it. */
export interface ValueForm {
  readonly value: ScrubbedValue
  readonly encoding: 'raw' | 'hexadecimal' | 'base64' | 'base64url'
  /** For base64, bytes of a group of three that stand before the value. */
  readonly offset: number
  readonly bytes: Buffer
}

/** Every way to write a value that is looked for; escapes are undone before. */
export function formsOf(value: ScrubbedValue): readonly ValueForm[] {
  const bytes = Buffer.from(value.bytes)
  const forms: ValueForm[] = [
    { value, encoding: 'raw', offset: 0, bytes },
    { value, encoding: 'hexadecimal', offset: 0, bytes: Buffer.from(bytes.toString('hex'), 'latin1') },
  ]
  if (bytes.some((byte) => byte > 0x7f)) {
    // Services read fields as Latin-1 and write text as UTF-8.
    forms.push({ value, encoding: 'raw', offset: 0, bytes: Buffer.from(bytes.toString('latin1'), 'utf8') })
  }
  for (const offset of [0, 1, 2]) {
    const plain = base64Core(bytes, offset, 'base64')
    const url = base64Core(bytes, offset, 'base64url')
    forms.push({ value, encoding: 'base64', offset, bytes: plain })
    if (!plain.equals(url)) forms.push({ value, encoding: 'base64url', offset, bytes: url })
  }
  const copies = ownCopies(forms.map(({ bytes: each }) => each))
  return forms.map((form, index) => ({ ...form, bytes: copies[index]! }))
}

function base64Core(bytes: Buffer, offset: number, alphabet: 'base64' | 'base64url'): Buffer {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString(alphabet)
  const core = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
  return Buffer.from(core, 'latin1')
}
