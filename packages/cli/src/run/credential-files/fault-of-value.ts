import { matchShape, placeholderMarker, providers } from '@coatcheck/catalog'

/** Shortest value that is found again in replies, in bytes. */
const minValueBytes = 16
const longestUser = 64

/** Why a value of a file is no credential that the broker can put on the wire; nothing where it is one. */
export function faultOfValue(value: string): string | undefined {
  if (value.includes(placeholderMarker)) return 'it is a placeholder already'
  if (!/^[\x20-\x7e]*$/.test(value)) return 'it cannot be sent in a header field'
  if (value.length < minValueBytes) {
    return `with fewer than ${minValueBytes} characters it could not be found in replies; store it with \`coatcheck secret create --weak\``
  }
  return undefined
}

/**
 * Whether a user’s name may be shown inside. SECURITY: some services take a token as the user, so what has the shape of a key, or is long
 * and random, is none.
 */
export function isPlainUser(user: string): boolean {
  if (!/^[A-Za-z0-9@._+-]+$/.test(user) || user.length > longestUser) return false
  if (providers.some((provider) => matchShape(provider, user) !== undefined)) return false
  return !/^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{24,}$/.test(user)
}
