import type { HeaderField } from '../../http/header-field.ts'
import type { SignatureTraces } from '../../injection/signing/signing.ts'
import type { CookieJars } from '../cookies/cookie-jars.ts'
import type { Exchange, Lane, ReplyRules } from '../exchange.ts'
import type { Scrubbers } from '../scrubbers.ts'
import { callableTools } from './callable-tools.ts'

/** What the rules of a response are made with. */
export interface ReplyServices {
  readonly cookies: CookieJars
  readonly scrubbers: Scrubbers
}

/** Ask for a part of a body, or for a compressed one. */
const partial = new Set(['range', 'if-range', 'accept-encoding'])

/** What becomes of the response to a request that carries a secret; undefined for one that carries none. The strictest scope decides. */
export function replyRules(
  exchange: Exchange,
  { cookies, scrubbers }: ReplyServices,
  lane: Lane,
): ReplyRules | undefined {
  const { attachments } = exchange
  if (attachments.length === 0) return undefined
  const scrubber = scrubbers.of(attachments, exchange.routes)
  const tools = exchange.ruleBody === undefined ? undefined : callableTools(exchange)
  const rules = {
    cookies: cookiesOf(exchange, cookies, lane),
    uninspected: attachments.every(({ scope }) => scope.uninspected === 'pass') ? 'pass' : 'block',
    scrubber,
    ...(tools !== undefined && { tools }),
  } as const
  const traces = tracesOf(exchange)
  if (traces === undefined) return rules
  const made = traces.made.map(({ text, standIn }) => ({
    bytes: Buffer.from(text),
    placeholder: standIn,
    isWeak: false,
  }))
  return { ...rules, scrubber: scrubber.with(made), proof: traces.proof }
}

/** What a signature leaves behind, where one does. */
function tracesOf({ attachments, head }: Exchange): SignatureTraces | undefined {
  let traces: SignatureTraces | undefined
  for (const { grant, scope, secret } of attachments) {
    const { signing } = scope.injection
    if (signing?.traces === undefined) continue
    traces = secret!.value.use((value) => signing.traces!(head, grant.placeholder, value)) ?? traces
  }
  return traces
}

function cookiesOf(exchange: Exchange, jars: CookieJars, lane: Lane): ReplyRules['cookies'] {
  const ways = exchange.attachments.map(({ scope }) => scope.cookies)
  if (ways.includes('drop')) return 'drop'
  return ways.includes('keep') ? jars.keeper(exchange, lane) : 'pass'
}

/** The fields of a request whose response has to be searched: it is asked for whole, and as it is. */
export function plainlyAsked(fields: HeaderField[], rules: ReplyRules | undefined): HeaderField[] {
  if (rules?.uninspected !== 'block' && rules?.tools === undefined) return fields
  const kept = fields.filter(({ name }) => !partial.has(name.toLowerCase()))
  return [...kept, { name: 'Accept-Encoding', value: 'identity' }]
}
