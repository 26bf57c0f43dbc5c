import type { HeaderField } from '../../http/header-field.ts'
import type { SignatureTraces } from '../../injection/signing/signing.ts'
import { type ScrubbedSecret, Scrubber } from '../../scrubbing/scrubber.ts'
import { strongBytes } from '../../vault/secret-strength.ts'
import type { CookieJars } from '../cookies/cookie-jars.ts'
import type { Exchange, Lane, ReplyRules } from '../exchange.ts'

/** Ask for a part of a body, or for a compressed one. */
const partial = new Set(['range', 'if-range', 'accept-encoding'])

/** What becomes of the response to a request that carries a secret; undefined for one that carries none. The strictest scope decides. */
export function replyRules(exchange: Exchange, jars: CookieJars, lane: Lane): ReplyRules | undefined {
  const { attachments, head } = exchange
  if (attachments.length === 0) return undefined
  let traces: SignatureTraces | undefined
  const secrets = attachments.flatMap(({ grant, scope, secret }): ScrubbedSecret[] => {
    if (secret === undefined) throw new TypeError('reply rules before reveal')
    return secret.value.use((value) => {
      traces = scope.injection.signing?.traces?.(head, grant.placeholder, value) ?? traces
      return (scope.injection.confidentialParts?.(value) ?? [value]).map((bytes) => ({
        bytes: Buffer.from(bytes),
        placeholder: grant.placeholder,
        isWeak: bytes.length < strongBytes,
      }))
    })
  })
  for (const { text, standIn } of traces?.made ?? []) {
    secrets.push({ bytes: Buffer.from(text), placeholder: standIn, isWeak: false })
  }
  return {
    cookies: cookiesOf(exchange, jars, lane),
    uninspected: attachments.every(({ scope }) => scope.uninspected === 'pass') ? 'pass' : 'block',
    scrubber: new Scrubber(secrets),
    ...(traces !== undefined && { proof: traces.proof }),
  }
}

function cookiesOf(exchange: Exchange, jars: CookieJars, lane: Lane): ReplyRules['cookies'] {
  const ways = exchange.attachments.map(({ scope }) => scope.cookies)
  if (ways.includes('drop')) return 'drop'
  return ways.includes('keep') ? jars.keeper(exchange, lane) : 'pass'
}

/** The fields of a request whose response has to be searched: it is asked for whole, and as it is. */
export function plainlyAsked(fields: HeaderField[], rules: ReplyRules | undefined): HeaderField[] {
  if (rules?.uninspected !== 'block') return fields
  const kept = fields.filter(({ name }) => !partial.has(name.toLowerCase()))
  return [...kept, { name: 'Accept-Encoding', value: 'identity' }]
}
