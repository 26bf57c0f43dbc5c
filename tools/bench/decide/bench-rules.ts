import type { Rule, RuleList } from '@coatcheck/contract'

/** What the rules for `POST` ask for beside method, host and path. */
export type RuleForm = 'plain' | 'body' | 'when'

/** Lists of the bench, one for each grant. */
export const listCount = 100
const rulesPerList = 10
const nouns = ['users', 'orders', 'repos', 'issues', 'charges', 'refunds', 'invoices', 'events', 'files']

/** What `form` adds to a rule; the body of `benchCall` fulfils it. */
const conditions: Readonly<Record<RuleForm, Pick<Rule, 'body' | 'when'>>> = {
  plain: {},
  body: {
    body: [
      { at: '/amount', atMost: 1000 },
      { at: '/currency', in: ['usd', 'eur'] },
    ],
  },
  when: { when: 'body.amount <= 1000.0 && body.currency in ["usd", "eur"]' },
}

/** Ten rules for the grant of this number: exact paths and such with stars, exact hosts and suffixes, some that deny. */
export function benchRules(number: number, host: string, form: RuleForm = 'plain'): RuleList {
  const suffix = host.replace(/^[^.]+/, '*')
  const rules = nouns.map((noun, at): Rule => {
    const own = `${noun}-${number}`
    switch (at % 4) {
      case 0:
        return { effect: 'allow', methods: ['GET'], hosts: [host], paths: [`/v1/${own}`, `/v1/${own}/*`] }
      case 1:
        return {
          effect: 'allow',
          methods: ['POST', 'PATCH'],
          hosts: [host],
          paths: [`/v1/*/${own}/**`],
          ...conditions[form],
        }
      case 2:
        return { effect: 'deny', methods: ['DELETE'], hosts: [suffix], paths: [`/v1/**/${noun}/*`] }
      default:
        return { effect: 'allow', methods: ['GET', 'PUT'], hosts: [suffix], paths: [`/v2/${noun}/*/items-*`] }
    }
  })
  const small: Rule = { effect: 'allow', methods: ['GET'], hosts: [host], paths: ['/small', '/small/**'] }
  return { default: 'deny', rules: [...rules, small].slice(0, rulesPerList) }
}

/** A request that the rules of this grant are asked about. */
export interface BenchCall {
  readonly method: string
  readonly path: string
}

/** The `turn`-th request of a grant: allowed by an exact path or by stars, denied, or unknown. With conditions, one that they let through. */
export function benchCall(number: number, turn: number, form: RuleForm): BenchCall {
  if (form !== 'plain') return { method: 'POST', path: `/v1/acme/orders-${number}/o_${turn}` }
  const calls: readonly BenchCall[] = [
    { method: 'GET', path: `/v1/users-${number}/u_${turn}` },
    { method: 'PATCH', path: `/v1/acme/orders-${number}/o_${turn}/lines` },
    { method: 'GET', path: `/v2/issues/${turn}/items-${number}` },
    { method: 'DELETE', path: `/v1/acme/repos/r_${turn}` },
    { method: 'GET', path: `/v3/reports/${turn}` },
  ]
  return calls[turn % calls.length]!
}

/** The body of requests whose rules have conditions. */
export const benchBody = JSON.stringify({ amount: 250, currency: 'eur', description: 'one of many', customer: 'cus_1' })
