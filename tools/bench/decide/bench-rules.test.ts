import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryRoot } from '../../../test/fixtures/source-files.ts'
import { benchBody, benchCall, benchRules, listCount } from './bench-rules.ts'

type Sets = typeof import('../../../packages/broker/src/policy/rules/rule-set.ts')
type Requests = typeof import('../../../packages/broker/src/policy/rules/rule-request.ts')
type Documents = typeof import('../../../packages/broker/src/policy/rules/json-document.ts')

const rules = join(repositoryRoot, 'packages/broker/src/policy/rules')
const { RuleSet } = (await import(join(rules, 'rule-set.ts'))) as Sets
const { ruleRequest } = (await import(join(rules, 'rule-request.ts'))) as Requests
const { readJsonDocument } = (await import(join(rules, 'json-document.ts'))) as Documents

const host = 'api-7.bench.test'
const request = (call: { readonly method: string; readonly path: string }, json = benchBody) =>
  ruleRequest({
    ...call,
    ...{ host, query: '', body: readJsonDocument(Buffer.from(json)), bytes: undefined },
    fields: () => [],
  })

test('the lists of the bench have a thousand rules', () => {
  const lists = Array.from({ length: listCount }, (_, number) => benchRules(number, host))
  assert.deepEqual([lists.length, lists.flatMap((list) => list.rules).length], [100, 1_000])
})

test('the requests of the bench are allowed by exact paths and by stars, denied, and unknown', () => {
  const set = new RuleSet(benchRules(7, host))
  const decided = Array.from({ length: 5 }, (_, turn) => set.decide(request(benchCall(7, turn, 'plain'))))
  assert.deepEqual(decided, [
    { effect: 'allow', rule: 'rules[0]' },
    { effect: 'allow', rule: 'rules[1]' },
    { effect: 'allow', rule: 'rules[3]' },
    { effect: 'deny', rule: 'rules[2]' },
    { effect: 'deny', rule: null },
  ])
  assert.deepEqual(set.decide(request({ method: 'GET', path: '/small' })), { effect: 'allow', rule: 'rules[9]' })
})

for (const form of ['body', 'when'] as const) {
  test(`with conditions of the form ${form}, the body of the bench is let through, and another one is not`, () => {
    const set = new RuleSet(benchRules(7, host, form))
    const call = benchCall(7, 1, form)
    assert.deepEqual(set.decide(request(call)), { effect: 'allow', rule: 'rules[1]' })
    assert.equal(set.decide(request(call, '{"amount":1001,"currency":"eur"}')).effect, 'deny')
  })
}
