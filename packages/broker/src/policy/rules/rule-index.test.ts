import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rule, RuleEffect, RuleList } from '@coatcheck/contract'
import fc from 'fast-check'
import { readJsonDocument } from './json-document.ts'
import { type RuleBody, type RuleRequest, ruleRequest } from './rule-request.ts'
import { type RuleDecision, RuleSet } from './rule-set.ts'

/** The decision as it is defined, over every rule of the list, whatever an index says. */
function decideAll(set: RuleSet, otherwise: RuleList['default'], request: RuleRequest): RuleDecision {
  const traces = set.examine(request)
  const of = (effect: RuleEffect) => {
    const own = traces.filter((trace) => trace.effect === effect)
    const matching = own.find(({ fit }) => fit === 'matches')
    const unreadable = own.flatMap(({ rule, fit }) =>
      typeof fit === 'object' ? [{ effect: 'deny', rule, unreadable: fit.unreadable } as const] : [],
    )
    const isAwaited = own.some(({ fit }) => fit === 'awaited')
    const waits = isAwaited || own.some(({ fit }) => fit === 'awaits-beginning')
    const pending = waits ? ({ effect: 'awaits-body', isBeginningEnough: !isAwaited } as const) : unreadable[0]
    return { pending, decision: matching && { effect, rule: matching.rule } }
  }
  const [deny, ask, allow] = [of('deny'), of('ask'), of('allow')]
  const chosen = deny.decision ?? deny.pending ?? ask.decision ?? ask.pending ?? allow.decision
  if (chosen !== undefined) return chosen
  if (otherwise === 'allow') return { effect: 'allow', rule: null }
  return allow.pending ?? { effect: 'deny', rule: null }
}

const anyOf = <Value>(...values: readonly Value[]) => fc.constantFrom(...values)
const paths = anyOf(
  ...[
    '/',
    '/a',
    '/a/',
    '/a/*',
    '/a/**',
    '/**',
    '/*',
    '/**/b',
    '/a/**/b',
    '/a/b*/c',
    '/A/b',
    '/a%2Fb',
    '/a/b/c',
    '/b',
    '/*/b/**',
  ],
)
const hosts = anyOf('a.example.com', 'b.example.com', '*.example.com', '*.com', '*.a.example.com', 'example.org')
const methods = anyOf('GET', 'HEAD', 'POST', 'delete', 'PATCH', 'Purge')
const some = <Value>(one: fc.Arbitrary<Value>) => fc.array(one, { minLength: 1, maxLength: 3 })
const absent = fc.constant(undefined)
const any = fc.constant('any' as const)

const rule: fc.Arbitrary<Rule> = fc
  .record({
    effect: anyOf<RuleEffect>('allow', 'allow', 'ask', 'deny'),
    methods: fc.oneof(any, some(methods)),
    paths: fc.oneof({ weight: 1, arbitrary: any }, { weight: 3, arbitrary: some(paths) }),
    hosts: fc.oneof(absent, some(hosts)),
    query: fc.oneof({ weight: 5, arbitrary: absent }, fc.constant({ dry: '1' })),
    body: fc.oneof({ weight: 5, arbitrary: absent }, fc.constant([{ at: '/amount', atMost: 100 }])),
    when: fc.oneof(
      { weight: 8, arbitrary: absent },
      fc.constant('body.amount < 50.0'),
      fc.constant('method == "POST"'),
    ),
  })
  .map(({ hosts, query, body, when, ...rest }) => ({
    ...rest,
    ...(hosts !== undefined && { hosts }),
    ...(query !== undefined && { query }),
    ...(body !== undefined && { body }),
    ...(when !== undefined && { when }),
  }))

const bodies: readonly RuleBody[] = [
  'awaited',
  'none',
  { unreadable: 'it is compressed' },
  ...['{"amount":7}', '{"amount":700}', '{"Amount":7}', '{}'].map((text) => readJsonDocument(Buffer.from(text))),
]
const asked = fc.record({
  method: anyOf('GET', 'HEAD', 'POST', 'DELETE', 'get', 'dElete', 'PURGE', 'PUT'),
  host: anyOf('a.example.com', 'b.example.com', 'x.a.example.com', 'example.com', 'example.org', 'com', 'other.test'),
  path: anyOf(
    ...[
      '/',
      '/a',
      '/a/',
      '/A',
      '/a/b',
      '/a/b/c',
      '/a/bx/c',
      '/a%2Fb',
      '/a%252Fb',
      '/a;x/b',
      '/a//b',
      '/b.json',
      '/x/b/y',
    ],
    '/x/%252e%252e/a',
  ),
  query: anyOf('', '?dry=1', '?dry=1&Dry=2'),
  body: anyOf(...bodies),
})

for (const [size, numRuns] of [
  [12, 600],
  [100, 150],
] as const) {
  test(`R-21 to R-34: of up to ${size} rules, those that are asked decide as all of them would`, () => {
    const requests = fc.array(asked, { minLength: 12, maxLength: 12 })
    const rules = fc.array(rule, { minLength: size === 12 ? 0 : 40, maxLength: size })
    fc.assert(
      fc.property(rules, anyOf<RuleList['default']>('allow', 'deny'), requests, (list, otherwise, subjects) => {
        const set = new RuleSet({ default: otherwise, rules: list })
        // One after the other at the same list: what is kept from one request says nothing about the next.
        for (const subject of subjects) {
          const fresh = () => ruleRequest({ ...subject, bytes: 'awaited', fields: () => [] })
          assert.deepEqual(set.decide(fresh()), decideAll(set, otherwise, fresh()))
        }
      }),
      { numRuns },
    )
  })
}

test('every rule is shown to people, also those that are not asked', () => {
  const rules: Rule[] = [
    { effect: 'deny', hosts: ['b.example.com'] },
    { effect: 'allow', methods: ['POST'], paths: ['/a'] },
    { effect: 'allow', methods: ['GET'], paths: ['/a'] },
  ]
  const request = ruleRequest({
    ...{ method: 'GET', host: 'a.example.com', path: '/a', query: '', body: 'none', bytes: undefined },
    fields: () => [],
  })
  assert.deepEqual(
    new RuleSet({ default: 'deny', rules }).examine(request).map(({ rule, part }) => [rule, part]),
    [
      ['rules[0]', 'host'],
      ['rules[1]', 'method'],
      ['rules[2]', undefined],
    ],
  )
})
