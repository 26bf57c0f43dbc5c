/** What stands in `Authorization: Basic …`, RFC 7617. */
export interface BasicPair {
  /** The scheme and the space after it, as they were sent. */
  readonly lead: string
  /** Before the first colon, as Latin-1 text; all of it when there is no colon. */
  readonly user: string
  /** After the first colon, as Latin-1 text; null when there is no colon. */
  readonly password: string | null
  /** Whether it is encoded as RFC 4648 §4 has it, padding included. */
  readonly canonical: boolean
}

/** Reads a field value leniently, so that nothing hides in an encoding that a service would forgive. */
export function parseBasicPair(value: string): BasicPair | undefined {
  const lead = /^basic +/i.exec(value)?.[0]
  if (lead === undefined) return undefined
  const encoded = value.slice(lead.length)
  const text = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  return {
    lead,
    user: colon < 0 ? text : text.slice(0, colon),
    password: colon < 0 ? null : text.slice(colon + 1),
    canonical: encodePair(text) === encoded,
  }
}

/** The field value of a pair. */
export function formatBasicPair(lead: string, user: string, password: string): string {
  return lead + encodePair(`${user}:${password}`)
}

function encodePair(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}
