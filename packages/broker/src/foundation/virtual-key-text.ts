import { createHash, randomInt } from 'node:crypto'
import { isPlaceholderText } from './placeholder-grammar.ts'

/** A virtual key as its holder presents it, taken apart. */
export interface PresentedKey {
  readonly id: string
  /** SHA-256 of the whole text, hex: whoever changes its beginning has another key. */
  readonly hash: string
}

/** No separators, so that a client that splits its key finds nothing to split at. */
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** 256 bits. */
const secretLength = 43

const form = /vk_([0-9a-z]{20})_[0-9A-Za-z]{43}$/

/**
 * The text of a new virtual key: `lead` is what keys of the service begin with, so that clients accept it, and the id is in it, so that
 * it is found without a search.
 */
export function newVirtualKeyText(id: string, lead: string): string {
  let secret = ''
  for (let index = 0; index < secretLength; index += 1) secret += letters[randomInt(letters.length)]
  return `${lead}vk_${id.replace(/^key_/, '')}_${secret}`
}

/** What a row remembers of a virtual key: SHA-256, hex. */
export function hashOfKey(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** The virtual key in a text; undefined when the text is none. Nothing else of the text goes any further. */
export function readVirtualKey(text: string): PresentedKey | undefined {
  const id = isPlaceholderText(text) ? form.exec(text)?.[1] : undefined
  return id === undefined ? undefined : { id: `key_${id}`, hash: hashOfKey(text) }
}

/** Whether an identifier is that of a virtual key. */
export function isKeyId(id: string): boolean {
  return id.startsWith('key_')
}
