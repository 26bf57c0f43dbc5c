import { createHash } from 'node:crypto'

/** What every placeholder begins with that clients sign with, and do not send; 25 letters and digits follow. */
export const signingLead = 'coatcheck_sign_'

/**
 * Begins as key identifiers of AWS do, so that clients take it; SECURITY: the fifth character is in none of theirs, so that
 * nobody, and no scanner for leaked keys, takes it for one.
 */
const keyIdLead = 'AKIA0'
const keyIdLength = 15
/** Five bits each. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const placeholderForm = /^coatcheck_sign_[0-9A-Za-z]{25}$/
const keyIdForm = /^AKIA0[0-9A-HJKMNP-TV-Z]{15}$/

/** Whether clients sign with this placeholder. */
export function isSigningPlaceholder(text: string): boolean {
  return text.startsWith(signingLead) && placeholderForm.test(text)
}

/** Whether a text has the form of the key identifier that goes with such a placeholder. */
export function isSigningKeyId(text: string): boolean {
  return keyIdForm.test(text)
}

/**
 * The key identifier that goes with a placeholder that clients sign with: what they send, and say whose signature it is.
 * SECURITY: it can be worked out from the placeholder and not the other way round; many people get to see it.
 */
export function signingKeyId(placeholder: string): string {
  const hash = createHash('sha256').update(`key identifier\n${placeholder}`).digest()
  return keyIdLead + Array.from(hash.subarray(0, keyIdLength), (byte) => digits[byte % digits.length]).join('')
}

/** The texts of a placeholder, as they can stand in a request. */
export function textsOfPlaceholder(placeholder: string): readonly string[] {
  return isSigningPlaceholder(placeholder) ? [placeholder, signingKeyId(placeholder)] : [placeholder]
}

/** The text by which the grant of any of these texts is found. */
export function placeholderHandle(text: string): string {
  return isSigningPlaceholder(text) ? signingKeyId(text) : text
}
