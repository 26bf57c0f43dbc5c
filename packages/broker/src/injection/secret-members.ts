import { CoatcheckError } from '@coatcheck/contract'

/** The members of a secret whose value is a JSON object. Holds values of the secret: drop it after use. */
export interface SecretMembers {
  /** A member that is text; undefined where there is none. @throws CoatcheckError `secret_unusable` when it is no text */
  optional(name: string): string | undefined
  /** @throws CoatcheckError `secret_unusable` when it is missing or no text */
  text(name: string): string
}

const maxLength = 16_384

/** Reads a value that is a JSON object. @throws CoatcheckError `secret_unusable` */
export function readMembers(secret: Uint8Array): SecretMembers {
  const object = parseObject(secret)
  const optional = (name: string): string | undefined => {
    const member = Object.hasOwn(object, name) ? object[name] : undefined
    if (member === undefined || member === null || member === '') return undefined
    if (typeof member !== 'string') throw unusable(`\`${name}\` is no text`)
    // SECURITY: a text with control characters is no credential, and could begin another line somewhere.
    if (name !== 'private_key' && /[^\x20-\x7e]/.test(member)) throw unusable(`\`${name}\` has characters beyond ASCII`)
    return member
  }
  return {
    optional,
    text(name) {
      const member = optional(name)
      if (member === undefined) throw unusable(`\`${name}\` is missing`)
      return member
    },
  }
}

/** The value with one member replaced; everything else stays. @throws CoatcheckError `secret_unusable` */
export function withMember(secret: Uint8Array, name: string, text: string): Uint8Array {
  return Buffer.from(JSON.stringify({ ...parseObject(secret), [name]: text }))
}

/** SECURITY: what a parser says about a text quotes it; the reason here never does. */
function parseObject(secret: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    if (secret.length > maxLength) throw new RangeError('too long')
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(secret))
  } catch {
    throw unusable('it is no JSON object')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unusable('it is no JSON object')
  return value as Readonly<Record<string, unknown>>
}

function unusable(reason: string): CoatcheckError {
  return new CoatcheckError('secret_unusable', { reason })
}
