import { join } from 'node:path'
import type { RuleList } from '@coatcheck/contract'
import { repositoryRoot } from '../../../test/fixtures/source-files.ts'
import { Histogram } from '../measure/histogram.ts'
import { benchBody, benchCall, benchRules, listCount, type RuleForm } from './bench-rules.ts'

type Destinations = typeof import('../../../packages/broker/src/foundation/destination-pattern.ts')
type Documents = typeof import('../../../packages/broker/src/policy/rules/json-document.ts')
type Routing = typeof import('../../../packages/broker/src/egress/routed-rules.ts')
type Stages = typeof import('../../../packages/broker/src/egress/stages/decide-rules.ts')
type Exchange = Parameters<Stages['decideRules']>[0]
type RoutedGrant = Parameters<Routing['routeRules']>[1][number]

// What decides is no part of what the package offers to others.
const broker = join(repositoryRoot, 'packages/broker/src')
const { parseDestinationPattern } = (await import(join(broker, 'foundation/destination-pattern.ts'))) as Destinations
const { readJsonDocument } = (await import(join(broker, 'policy/rules/json-document.ts'))) as Documents
const { routeRules } = (await import(join(broker, 'egress/routed-rules.ts'))) as Routing
const { decideRules } = (await import(join(broker, 'egress/stages/decide-rules.ts'))) as Stages

/** What was found of one set of rules, in microseconds for a decision. */
export interface DecisionTimes {
  readonly p50Us: number
  readonly p99Us: number
}

/** Rules on grants, plain or with conditions, and as many in the one list of a project. */
export type DecisionTimesBySet = Readonly<Record<RuleForm | 'list', DecisionTimes>>

const warmUp = 30_000
const timed = 30_000
const hostCount = 10
/** In size like those that SDKs send. */
const fields = [
  'host',
  'authorization',
  'user-agent',
  'accept',
  'accept-encoding',
  'accept-language',
  'x-a',
  'x-b',
  'x-c',
].map((name) => ({ name, value: 'a-value-of-this-field' }))
const hosts = Array.from({ length: hostCount }, (_, at) => `api-${at}.bench.test`)
const hostOf = (number: number): string => hosts[number % hostCount]!

process.send?.({
  plain: timeSet('plain', false),
  list: timeSet('plain', true),
  body: timeSet('body', false),
  when: timeSet('when', false),
} satisfies DecisionTimesBySet)
process.disconnect?.()

function timeSet(form: RuleForm, isOneList: boolean): DecisionTimes {
  const next = exchangesOf(form, isOneList)
  for (let turn = 0; turn < warmUp; turn += 1) decideRules(next(turn))
  const histogram = new Histogram()
  for (let turn = 0; turn < timed; turn += 1) {
    const exchange = next(turn)
    const startedAt = performance.now()
    decideRules(exchange)
    histogram.record((performance.now() - startedAt) * 1e6)
  }
  const us = (share: number): number => (histogram.quantile(share) ?? Number.NaN) / 1000
  return { p50Us: us(0.5), p99Us: us(0.99) }
}

/** Requests as the broker has them when it asks the rules: each with the secret of one grant, and with texts of its own. */
function exchangesOf(form: RuleForm, isOneList: boolean): (turn: number) => Exchange {
  const lists = Array.from({ length: listCount }, (_, number) => benchRules(number, hostOf(number), form))
  const grants = lists.map((rules, number) => grantOf(number, isOneList ? undefined : rules))
  const project: RuleList = { default: 'deny', rules: lists.flatMap(({ rules }) => rules) }
  const rules = routeRules(isOneList ? project : undefined, grants)
  const routes = {
    grants,
    placeholders: [],
    rules,
    sandbox: { id: 'sbx_1', name: 'bench', profile: 'default', labels: {} },
  }
  const document = readJsonDocument(Buffer.from(benchBody))
  return (turn) => {
    const number = turn % listCount
    const { method, path } = benchCall(number, turn, form)
    return {
      arrival: { sandboxId: 'sbx_1', destination: { scheme: 'https', host: hostOf(number), port: 443 } },
      head: { method, path: Buffer.from(path).toString('latin1'), query: '', fields },
      routes,
      attachments: [{ grant: grants[number] }],
      ...(form !== 'plain' && { ruleBody: { known: document, isRewritten: false } }),
    } as unknown as Exchange
  }
}

function grantOf(number: number, rules: RuleList | undefined): RoutedGrant {
  return {
    grant: { id: `grt_${number}`, env: `KEY_${number}`, ...(rules !== undefined && { rules }) },
    secretName: `key-${number}`,
    provider: null,
    scopes: [{ pattern: parseDestinationPattern(hostOf(number)) }],
  } as unknown as RoutedGrant
}
