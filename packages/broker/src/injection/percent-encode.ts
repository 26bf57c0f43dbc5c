/** Latin-1 text, byte by byte, with everything percent-encoded that is neither unreserved (RFC 3986 §2.3) nor in `kept`. */
export function percentEncode(text: string, kept = ''): string {
  return text.replace(/[^A-Za-z0-9._~-]/g, (character) =>
    kept.includes(character) ? character : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
