import { CoatcheckError } from '@coatcheck/contract'
import { formatBasicPair, parseBasicPair } from '../basic-pair.ts'
import { canonicalFieldName, canonicalParameterName } from '../canonical-names.ts'
import { mayHoldCredential } from '../credential-field.ts'
import { defineInjector } from '../define-injector.ts'
import { pathText } from '../path-template.ts'
import { percentEncode } from '../percent-encode.ts'
import { placeInjection } from '../place-injection.ts'
import { spellingsOf } from '../query-parameters.ts'
import type { RequestHead } from '../request-head.ts'
import { secretText } from '../secret-text.ts'
import { soleField } from '../sole-field.ts'

/** Puts `text` in the placeholder's stead wherever it stands on one surface; null only looks. */
type Swap = (head: RequestHead, placeholder: string, text: string | null) => boolean

const parameterName = /^(?=.*[A-Za-z0-9])[A-Za-z0-9._~-]{1,64}$/

/**
 * The secret wherever the placeholder's text stands on the declared surfaces, with whatever the client put around it; nowhere
 * else. For services whose credential has no fixed place.
 */
export const placeholder = defineInjector({
  kind: 'placeholder',
  surfaces: ['header', 'query', 'path'],
  options: {
    in: {
      type: 'list',
      required: true,
      allowed: '`header:NAME`, `header:*`, `query:NAME`, `path`, `basic`, `websocket`',
      accepts: (text) => surfaceOf(text) !== undefined,
    },
  },
  prepare({ in: written }) {
    // The pair first: it can refuse a value, and then nothing has been written.
    const surfaces = written.toSorted((left, right) => Number(right === 'basic') - Number(left === 'basic'))
    const swaps = surfaces.map((surface) => surfaceOf(surface)!)
    const named = (lead: string): string[] =>
      written.filter((text) => text.startsWith(lead) && text !== 'header:*').map((text) => text.slice(lead.length))
    const inFrames = written.includes('websocket')
    const injection = placeInjection({
      places: {
        fields: named('header:').map(canonicalFieldName),
        parameters: named('query:').map(canonicalParameterName),
      },
      swap: (head, text, secret) => swaps.filter((swap) => swap(head, text, secret)).length > 0,
      text(secret) {
        const text = secretText(secret, 'text')
        if (written.includes('path')) pathText(secret)
        if (inFrames) frameText(secret)
        return text
      },
    })
    return inFrames ? { ...injection, frameText } : injection
  },
})

/** SECURITY: what would end a JSON string, or be written in it in another way, could change the message around it. */
function frameText(secret: Uint8Array): string {
  const text = secretText(secret, 'text')
  if (/["\\]|[^ -~]/.test(text)) throw new CoatcheckError('secret_unusable', { reason: 'not plain text of JSON' })
  return text
}

function surfaceOf(text: string): Swap | undefined {
  if (text === 'path') return inPath
  // What the messages behind a request have in them is not part of its head.
  if (text === 'websocket') return () => false
  if (text === 'basic') return inPair
  const [, surface, name = ''] = /^(header|query):(.+)$/s.exec(text) ?? []
  if (surface === 'header' && name === '*') return inFields(mayHoldCredential)
  if (surface === 'header' && mayHoldCredential(name)) {
    const lower = name.toLowerCase()
    return inFields((other) => other.toLowerCase() === lower)
  }
  return surface === 'query' && parameterName.test(name) ? inParameter(name) : undefined
}

function inFields(isDeclared: (name: string) => boolean): Swap {
  return ({ fields }, placeholder, text) => {
    const holding = fields.filter(({ name, value }) => value.includes(placeholder) && isDeclared(name))
    if (text !== null) for (const field of holding) field.value = field.value.replaceAll(placeholder, () => text)
    return holding.length > 0
  }
}

function inParameter(name: string): Swap {
  const canonical = canonicalParameterName(name)
  return (head, placeholder, text) => {
    // SECURITY: with a second spelling of the name, services differ on which one counts.
    const [named, ...others] = spellingsOf(head.query, canonical)
    if (named === undefined || others.length > 0) return false
    const written = head.query.slice(named.start, named.end)
    if (!written.startsWith(`${name}=`) || !written.includes(placeholder, name.length)) return false
    if (text === null) return true
    const value = written.slice(name.length + 1).replaceAll(placeholder, () => percentEncode(text))
    head.query = `${head.query.slice(0, named.start)}${name}=${value}${head.query.slice(named.end)}`
    return true
  }
}

const inPath: Swap = (head, placeholder, text) => {
  if (!head.path.includes(placeholder)) return false
  if (text !== null) head.path = head.path.replaceAll(placeholder, () => percentEncode(text, ':'))
  return true
}

const inPair: Swap = (head, placeholder, text) => {
  const field = soleField(head, 'authorization')
  const pair = field === undefined ? undefined : parseBasicPair(field.value)
  if (field === undefined || pair === undefined || !pair.canonical || pair.password === null) return false
  const { lead, user, password } = pair
  if (!user.includes(placeholder) && !password.includes(placeholder)) return false
  if (text === null) return true
  // RFC 7617 §2: a user with a colon would move the rest of it into the password.
  if (user.includes(placeholder) && text.includes(':')) {
    throw new CoatcheckError('secret_unusable', { reason: 'a colon in a user' })
  }
  const written = [user, password].map((half) => half.replaceAll(placeholder, () => text))
  field.value = formatBasicPair(lead, written[0]!, written[1]!)
  return true
}
