import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rule, RuleList } from '@coatcheck/contract'
import fc from 'fast-check'
import { ruleRequest } from '../rules/rule-request.ts'
import { RuleSet } from '../rules/rule-set.ts'
import { callCovers } from './call-covers.ts'
import { listCalls } from './list-calls.ts'
import { meetCalls } from './meet-calls.ts'

const odd = fc.constantFrom('A', 'b.json', 'x%2Fy', 'a;d', 'git-upload-pack', '')
const plain = fc.constantFrom('a', 'b')
const pathSegment = fc.oneof({ weight: 5, arbitrary: plain }, { weight: 1, arbitrary: odd })
const star = fc.constantFrom('*', '**', 'a*', '*n')
const patternSegment = fc.oneof(
  { weight: 5, arbitrary: plain },
  { weight: 3, arbitrary: star },
  { weight: 1, arbitrary: odd },
)
const pattern = fc.array(patternSegment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`)
const isWritable = (path: string): boolean => !path.includes('//')
const methods = fc.constantFrom('GET', 'POST', 'DELETE')
const host = fc.constantFrom('api.example.com', 'up.example.com', 'example.org')
const hosts = fc.constantFrom('api.example.com', '*.example.com', '*.com', 'example.org')

const rule: fc.Arbitrary<Rule> = fc.record(
  {
    effect: fc.constantFrom('allow', 'allow', 'ask', 'deny'),
    methods: fc.oneof(fc.constant('any' as const), fc.uniqueArray(methods, { minLength: 1, maxLength: 3 })),
    paths: fc.oneof(fc.constant('any' as const), fc.array(pattern.filter(isWritable), { minLength: 1, maxLength: 3 })),
  },
  { requiredKeys: ['effect', 'methods', 'paths'] },
)
const further: fc.Arbitrary<Partial<Rule>> = fc.record(
  {
    hosts: fc.array(hosts, { minLength: 1, maxLength: 2 }),
    query: fc.constantFrom({ limit: '5' }, { limit: '*' }),
    headers: fc.constant({ 'x-mode': 'live' }),
    when: fc.constantFrom('path.startsWith("/a")', 'method != "GET"', 'query.limit == "5"'),
  },
  { requiredKeys: [] },
)
const anyRule = fc.oneof(
  { weight: 3, arbitrary: rule },
  { weight: 1, arbitrary: fc.tuple(rule, further).map(([one, more]): Rule => ({ ...one, ...more })) },
)

const list: fc.Arbitrary<RuleList> = fc.record(
  {
    default: fc.constantFrom('deny', 'deny', 'allow'),
    presets: fc.constantFrom(['read-only' as const], ['no-admin' as const]),
    dryRun: fc.constantFrom(false, false, true),
    rules: fc.array(anyRule, { maxLength: 5 }),
  },
  { requiredKeys: ['default', 'rules'] },
)

const request = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'POST', 'DELETE', 'HEAD', 'get', 'PATCH'),
  host,
  path: fc
    .array(pathSegment, { minLength: 1, maxLength: 4 })
    .map((parts) => `/${parts.join('/')}`)
    .filter(isWritable),
  query: fc.constantFrom('', '?limit=5', '?limit=6', '?limit=5&limit=6'),
  fields: fc.constantFrom([], [{ name: 'X-Mode', value: 'live' }]),
})

test('N13: no request that lists let through lies outside of what was said that they let through', () => {
  let allowed = 0
  let closed = 0
  fc.assert(
    fc.property(
      fc.array(list, { maxLength: 3 }),
      fc.array(request, { minLength: 25, maxLength: 25 }),
      (lists, requests) => {
        const calls = lists
          .map((each, index) => listCalls(each, `list ${index}`))
          .reduce(meetCalls, listCalls(undefined, ''))
        const sets = lists.filter(({ dryRun }) => dryRun !== true).map((each) => new RuleSet(each))
        for (const { fields, ...rest } of requests) {
          const asked = ruleRequest({ ...rest, body: 'none', bytes: undefined, fields: () => fields })
          const isCovered = calls.some((call) => callCovers(call, rest))
          if (!isCovered) closed += 1
          if (sets.some((set) => set.decide(asked).effect === 'deny')) continue
          allowed += 1
          assert.ok(isCovered, JSON.stringify({ rest, calls }))
        }
      },
    ),
    { numRuns: 500 },
  )
  // What is said narrows things down, and there was something to say.
  assert.ok(allowed > 1000 && closed > 1000, `${allowed} allowed, ${closed} closed`)
})

test('N13: lists that hold together let through what both do, and a rule that denies takes away', () => {
  const allow = (methodsOf: Rule['methods'], ...paths: string[]): Rule => ({
    effect: 'allow',
    methods: methodsOf!,
    paths,
  })
  const one = listCalls({ default: 'deny', rules: [allow(['GET', 'POST'], '/v1/**'), allow('any', '/x')] }, 'one')
  const other = listCalls(
    {
      default: 'deny',
      rules: [allow(['POST'], '/v1/charges', '/v2/charges'), { effect: 'deny', paths: ['/X'] }, allow('any', '/x')],
    },
    'other',
  )
  assert.deepEqual(
    meetCalls(one, other).map(({ methods: said, paths, rules }) => ({ said, paths, rules })),
    [{ said: ['POST'], paths: ['/v1/charges'], rules: ['one: rules[0]', 'other: rules[0]'] }],
  )
})

test('N13: an expression is shown as what cannot be bounded', () => {
  const when = 'body.amount <= 100.0'
  const [call] = listCalls(
    { default: 'deny', rules: [{ effect: 'allow', methods: ['POST'], paths: ['/pay'], when }] },
    'l',
  )
  assert.deepEqual([call?.unbounded, call?.paths], [[when], ['/pay']])
})
