import type { RequestHead } from '../request-head.ts'
import { soleField } from '../sole-field.ts'
import { decodeTokenRequest, encodeTokenRequest, type TokenRequest } from './token-request.ts'

/**
 * What stands inside for a token of a registry: a placeholder, and what was asked for. SECURITY: no placeholder has a tilde in it, so
 * that the end of one is plain.
 */
const separator = '~'
/** In the place of the placeholder where nobody showed one. It is worth as much as nothing: public repositories can be pulled. */
const nobody = 'coatcheck-anonymous'

/** A placeholder token where it stands in a request. */
export interface ShownToken {
  /** The scheme and the space after it, as they were sent. */
  readonly lead: string
  readonly request: TokenRequest
}

/** The text that a client gets for a token. */
export function placeholderToken(placeholder: string, request: TokenRequest): string {
  const owner = request.user === null ? nobody : placeholder
  return `${owner}${separator}${encodeTokenRequest(request)}`
}

/** What such a text of this placeholder, or of nobody, says; undefined for any other one. */
export function readPlaceholderToken(text: string, placeholder: string): TokenRequest | undefined {
  const [owner, encoded, ...rest] = text.split(separator)
  if (encoded === undefined || rest.length > 0) return undefined
  const request = decodeTokenRequest(encoded)
  if (request === undefined) return undefined
  return owner === (request.user === null ? nobody : placeholder) ? request : undefined
}

/** The placeholder token in the value of a field, RFC 6750 §2.1. */
export function bearerTokenIn(value: string, placeholder: string): ShownToken | undefined {
  const [, lead, text] = /^(bearer +)([\x21-\x7e]+)$/i.exec(value) ?? []
  const request = text === undefined ? undefined : readPlaceholderToken(text, placeholder)
  return lead === undefined || request === undefined ? undefined : { lead, request }
}

/** Whether a request shows a token of nobody. */
export function showsNobody(head: RequestHead): boolean {
  const field = soleField(head, 'authorization')
  return field !== undefined && bearerTokenIn(field.value, nobody)?.request.user === null
}
