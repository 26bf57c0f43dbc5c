import { hash, randomBytes } from 'node:crypto'

/** 256 bits. */
const secretBytes = 32
const form = /^cct_([0-9a-z]{20})\.([A-Za-z0-9_-]{43})$/

/** A token as its holder presents it, taken apart. */
export interface PresentedToken {
  readonly id: string
  /** SHA-256 of the secret half, hex. */
  readonly secretHash: string
}

/** The text of a new token, `cct_<id>.<secret>`, and what is kept of it. */
export function newTokenText(id: string): { readonly text: string; readonly secretHash: string } {
  const secret = randomBytes(secretBytes).toString('base64url')
  return { text: `cct_${id.replace(/^tok_/, '')}.${secret}`, secretHash: hash('sha256', secret) }
}

/** The token in a text; undefined when the text is none. Nothing else of the text goes any further. */
export function parseTokenText(text: string): PresentedToken | undefined {
  const [, id, secret] = form.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id: `tok_${id}`, secretHash: hash('sha256', secret) }
}
