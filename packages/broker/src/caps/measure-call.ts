import { type Provider, providers, type TokenReport } from '@coatcheck/catalog'
import { type Amounts, toLedger } from './amounts.ts'
import { emailsIn } from './emails-in-body.ts'
import { readLlmRequest } from './llm-request.ts'
import { highestCost, type ModelPrices } from './model-prices.ts'
import { stripeDollars } from './money-in-body.ts'
import { type CapCall, mayCost, mayMail } from './paid-calls.ts'
import type { MeterPlan } from './reply-meter.ts'

/** Where a call goes, and by what right. */
export interface MeasuredCall extends CapCall {
  readonly host: string
  /** Provider of the secret that it carries; null where that is none of the catalog’s. */
  readonly provider: string | null
  /** It carries a secret of ours at all. */
  readonly hasSecret: boolean
  /** The connection changes over to another protocol. */
  readonly isUpgrade: boolean
}

/** What a call uses at most, and where its reply says how much it was. */
export interface Measured {
  /** Dollars, tokens and e-mails; what is absent cannot be told. */
  readonly amounts: Amounts
  readonly plan?: MeterPlan
}

const free: Amounts = { usd: 0, tokens: 0 }
const nothing: Amounts = { ...free, emails: 0 }

/**
 * What a call uses at most. SECURITY: what cannot be told is left out, so that it counts as its cap says, or is refused; nothing counts
 * as free but what is known to be.
 */
export function measureCall(call: MeasuredCall, prices: ModelPrices): Measured {
  if (!call.hasSecret) return { amounts: nothing }
  const provider = providerOf(call)
  if (call.isUpgrade) {
    const isPaid = provider === undefined || mayCost(provider, { ...call, method: 'POST' })
    return { amounts: isPaid ? {} : nothing }
  }
  if (provider === undefined) return { amounts: ['GET', 'HEAD', 'OPTIONS'].includes(call.method) ? nothing : {} }
  const { category, id, usage } = provider
  const emails = mayMail(provider, call) ? emailsIn(id, call) : 0
  const others: Amounts = emails === undefined ? {} : { emails }
  if (usage?.kind === 'cost')
    return { amounts: mayCost(provider, call) ? { ...others, tokens: 0 } : { ...free, ...others }, plan: usage }
  if (id === 'stripe' && mayCost(provider, call)) {
    const dollars = stripeDollars(call)
    const usd = dollars === undefined ? {} : { usd: toLedger('usd', dollars) }
    return { amounts: { ...others, tokens: 0, ...usd } }
  }
  if (!mayCost(provider, call)) return { amounts: { ...free, ...others } }
  if (usage?.kind !== 'tokens') return { amounts: category === 'llm' ? others : { ...others, tokens: 0 } }
  const report = usage.reports.find(({ path }) => expressionOf(path).test(call.path))
  const cost = usage.cost === undefined ? {} : { cost: usage.cost }
  return report === undefined ? { amounts: others } : measureTokens(id, call, report, prices, { ...cost }, others)
}

function measureTokens(
  provider: string,
  call: MeasuredCall,
  report: TokenReport,
  prices: ModelPrices,
  cost: Pick<MeterPlan, 'cost'>,
  others: Amounts,
): Measured {
  const [, inPath, action] = /\/models\/([^/:]+):([^/]*)$/.exec(call.path) ?? []
  // Other actions take several requests in one body.
  const isOne = action === undefined || /^(?:generateContent|streamGenerateContent|embedContent)$/.test(action)
  const request = isOne && call.body !== undefined ? readLlmRequest(call.body, inPath) : undefined
  if (request === undefined) return { amounts: others, plan: { report, ...cost } }
  const price = prices.find(provider, request.model)
  const plan: MeterPlan = { report, ...cost, ...(price && { price }) }
  const context = price?.contextTokens ?? null
  const input = least(request.maxInput, context)
  const output = report.counts.output === undefined ? 0 : (request.maxOutput ?? context)
  if (input === null || output === null) return { amounts: others, plan }
  const usd = price && toLedger('usd', highestCost(price, input, output))
  return { amounts: { ...others, tokens: input + output, ...(usd !== undefined && { usd }) }, plan }
}

function least(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.min(one, other)
}

/** Of the host where the catalog has it, or else of the secret: it was stored for a host of one’s own. */
function providerOf({ host, provider }: MeasuredCall): Provider | undefined {
  const byHost = providers.find((each) => each.hosts.some((one) => fits(one.host, host)))
  return byHost ?? providers.find(({ id }) => id === provider)
}

function fits(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host
}

const expressions = new Map<string, RegExp>()

/** `*` stands for a segment, `**` for any number of them. */
function expressionOf(path: string): RegExp {
  const known = expressions.get(path)
  if (known !== undefined) return known
  const parts = path.split(/(\*\*|\*)/)
  const source = parts.map(
    (part) => ({ '**': '.*', '*': '[^/]*' })[part] ?? part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`),
  )
  const expression = new RegExp(`^${source.join('')}/?$`)
  expressions.set(path, expression)
  return expression
}
