import { randomInt } from 'node:crypto'
import {
  type KeyShape,
  type PlaceholderAlphabet,
  type PlaceholderTemplate,
  placeholderMarker,
} from '@coatcheck/catalog'
import { signingLead } from '../foundation/signing-placeholder.ts'

const alphabets: Readonly<Record<PlaceholderAlphabet, string>> = {
  // Without `A`: real keys of some providers end in `AA`, and scanners look for that.
  alphanumeric: '0123456789BCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  hexadecimal: '0123456789abcdef',
}

/** For secrets of unknown form: nothing of the stored value shows, not even its length. */
const generic: PlaceholderTemplate = { lead: `${placeholderMarker}_`, alphabet: 'alphanumeric', length: 24 }

/** For secrets that clients sign with. */
const signing: PlaceholderTemplate = { lead: signingLead, alphabet: 'alphanumeric', length: 25 }

/** A new placeholder that clients sign with, of 40 characters, 148 bits of them random. */
export function newSigningPlaceholder(): string {
  return fill(signing)
}

/**
 * A new placeholder of at least 128 random bits. It begins as the provider's keys do, so that clients accept it, and
 * is otherwise unlike one: it has no checksum, no fixed marks of the provider, and another length.
 */
export function newPlaceholder(shape: KeyShape | undefined): string {
  return fill(shape?.placeholder ?? generic)
}

function fill({ lead, alphabet, length }: PlaceholderTemplate): string {
  const characters = alphabets[alphabet]
  let text = lead
  for (let index = 0; index < length; index += 1) text += characters[randomInt(characters.length)]
  return text
}

/** No algorithm, and the end of the year 2099. Shorter than scanners look for. */
const tokenLead = ['{"alg":""}', '{"exp":4102444800}'].map((part) => Buffer.from(part).toString('base64url')).join('.')

/** A new placeholder in the form of a JSON Web Token, for clients that read from their token when it ends. */
export function newTokenPlaceholder(): string {
  return `${tokenLead}.${newPlaceholder(undefined)}`
}
