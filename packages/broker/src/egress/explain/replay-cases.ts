import type { RuleCase, RuleCaseRequest, RuleCaseResult, RuleList } from '@coatcheck/contract'
import type { RequestHead } from '../../injection/request-head.ts'
import { dangerousCalls } from '../../policy/dangerous-calls.ts'
import { type RuleBody, type RuleRequest, type RuleSender, ruleRequest } from '../../policy/rules/rule-request.ts'
import { RuleSet } from '../../policy/rules/rule-set.ts'
import { forwardedRequestFields } from '../forwarded-fields.ts'
import { maxHeldBytes } from '../max-held-bytes.ts'
import { knownBody } from '../stages/known-body.ts'
import { saysAnotherMethod } from '../stages/says-another-method.ts'
import { describeTrace } from './describe-rules.ts'
import { type Question, readQuestion } from './read-question.ts'

type Verdict = Pick<RuleCaseResult, 'outcome' | 'decidedBy' | 'reason'>

/** Asks a rule list about requests that nobody sends, as the way out would. @throws CoatcheckError `rule_invalid` | `request_invalid` */
export function replayCases(list: RuleList, cases: readonly RuleCase[]): readonly RuleCaseResult[] {
  const set = new RuleSet(list)
  return cases.map((each, index) => replay(set, each, `cases[${index}]`))
}

function replay(set: RuleSet, { name, request, expect, rule }: RuleCase, place: string): RuleCaseResult {
  const { headers = {}, method, url } = request
  const fields = Object.entries(headers).map(([field, value]) => ({ name: field, value }))
  const question = readQuestion({ method, url, headers: fields }, new Map())
  if ('code' in question) return resultOf({ outcome: 'deny', decidedBy: null, reason: question.code }, [])
  const asked = requestOf(question, request)
  const verdict = verdictOf(set, question, asked, request)
  return resultOf(verdict, set.examine(asked).map(describeTrace))

  function resultOf(found: Verdict, rules: RuleCaseResult['rules']): RuleCaseResult {
    const passes = found.outcome === expect && (rule === undefined || rule === found.decidedBy)
    return { name: name ?? place, passes, expected: expect, ...found, rules }
  }
}

function verdictOf(set: RuleSet, question: Question, asked: RuleRequest, request: RuleCaseRequest): Verdict {
  const { ambiguous, head } = question
  const refused = (reason: string): Verdict => ({ outcome: 'deny', decidedBy: null, reason })
  if (ambiguous !== null) return refused(`the path can be read in two ways: ${ambiguous}`)
  if (saysAnotherMethod(head)) return refused('the request says another method than its own')
  const dangerous = callsOf(set, asked, request)
  if (dangerous !== undefined) return dangerous
  const decision = set.decide(asked)
  if (decision.effect === 'awaits-body')
    return { outcome: 'unknown', decidedBy: null, reason: 'more would have to be known of the request' }
  const decidedBy = decision.rule ?? 'default'
  return { outcome: decision.effect, decidedBy, reason: 'unreadable' in decision ? decision.unreadable : null }
}

/** What presets refuse to requests that carry a secret. */
function callsOf(set: RuleSet, { host, method, path, query }: RuleRequest, request: RuleCaseRequest) {
  const texts = [query, textOf(request) ?? '']
  for (const { provider = null } of request.grants ?? []) {
    for (const call of dangerousCalls({ host, method, path, query, provider }, set.classes)) {
      const { class: kind, rule, saidIn } = call
      if (saidIn !== undefined && request.partial === true)
        return { outcome: 'unknown', decidedBy: null, reason: `the body says whether it is ${rule}` } as const
      if (saidIn === undefined || saidIn(texts))
        return { outcome: 'deny', decidedBy: rule, reason: `a call of the class ${kind}` } as const
    }
  }
  return undefined
}

function requestOf({ destination, head }: Question, request: RuleCaseRequest): RuleRequest {
  const text = textOf(request)
  const hasType = head.fields.some(({ name }) => name.toLowerCase() === 'content-type')
  if (request.body !== undefined && !hasType) head.fields.push({ name: 'Content-Type', value: 'application/json' })
  const bytes = text === undefined || text === '' ? undefined : Buffer.from(text)
  const body = request.partial === true ? 'awaited' : bodyOf(head, bytes)
  const sent = typeof body === 'object' && 'bytes' in body ? body.bytes : bytes
  return {
    ...ruleRequest({
      method: head.method,
      host: destination.host,
      path: head.path,
      query: head.query,
      fields: () => forwardedRequestFields(head.fields),
      body,
      bytes: request.partial === true ? 'awaited' : sent,
      sender: () => senderOf(request),
    }),
    ...(request.partial === true && { isPartial: true }),
  }
}

function bodyOf(head: RequestHead, bytes: Buffer | undefined): RuleBody {
  if (bytes === undefined) return 'none'
  if (bytes.length > maxHeldBytes) return { unreadable: `it is longer than ${maxHeldBytes} bytes` }
  return knownBody(head, bytes)
}

function textOf({ body, text }: RuleCaseRequest): string | undefined {
  return body === undefined ? text : JSON.stringify(body)
}

function senderOf({ grants = [], sandbox = {} }: RuleCaseRequest): RuleSender {
  const { id = '', name = '', profile = '', labels = {} } = sandbox
  return {
    sandbox: { id, name, profile, labels },
    grants: grants.map(({ env, provider = null, secret = env }) => ({ env, provider, secret })),
  }
}
