import {
  CoatcheckError,
  type ConfigDefinition,
  type RuleCase,
  type RuleCaseResult,
  type RuleFinding,
  type RuleList,
} from '@coatcheck/contract'
import { checkRules } from '../admin/check-rules.ts'
import { configDefinition } from '../admin/config-schema.ts'
import { parseInput } from '../admin/parse-input.ts'
import { ruleReplay } from '../admin/rule-case-schema.ts'
import { replayCases } from '../egress/explain/replay-cases.ts'
import { maskCredentials } from '../foundation/mask-credentials.ts'
import { lintRules } from '../policy/rules/lint-rules.ts'

/** Something about a list of a configuration, by the place of the list, e.g. `secrets.github.rules`. */
export interface ConfigFinding extends RuleFinding {
  readonly list: string
}

/** What a configuration says of requests, and what is to be said of it. */
export interface ConfigReplay {
  readonly results: readonly RuleCaseResult[]
  readonly findings: readonly ConfigFinding[]
}

/** What every request passes where no list is about it. */
const noList: RuleList = { default: 'allow', rules: [] }
/** From the mildest on: a request has to pass every list that is about it. */
const strictness: readonly RuleCaseResult['outcome'][] = ['allow', 'ask', 'unknown', 'deny']

/**
 * Checks a configuration, and asks its lists about the requests of files, without a broker: that of the project, those of the secrets that
 * a request carries, and those of the profile of its sandbox.
 * @throws CoatcheckError `rule_invalid` | `request_invalid` | `source_forbidden`
 */
export function replayConfig(config: unknown, files: readonly unknown[]): ConfigReplay {
  const declared = parseInput(configDefinition, config)
  const lists = listsOf(declared)
  checkRules(...lists.map(([, list]) => list))
  const cases = files.flatMap((each) => parseInput(ruleReplay, { rules: noList, cases: each }).cases as RuleCase[])
  return {
    results: cases.map((each, index) => resultOf(declared, each, index)),
    findings: lists.flatMap(([list, rules]) =>
      lintRules(rules).map((finding) => ({ list: maskCredentials(list), ...finding })),
    ),
  }
}

function listsOf({ profiles = {}, rules, secrets = {} }: ConfigDefinition): readonly (readonly [string, RuleList])[] {
  const ofSecrets = Object.entries(secrets).map(([name, secret]) => [`secrets.${name}.rules`, secret.rules] as const)
  const ofProfiles = Object.entries(profiles).flatMap(([name, profile]) =>
    Object.entries(profile.rules ?? {}).map(([env, list]) => [`profiles.${name}.rules.${env}`, list] as const),
  )
  return [['rules', rules] as const, ...ofSecrets, ...ofProfiles].flatMap(([place, list]) =>
    list === undefined || list === null ? [] : [[place, list] as const],
  )
}

function resultOf(declared: ConfigDefinition, each: RuleCase, index: number): RuleCaseResult {
  const { expect, name = `cases[${index}]`, request, rule } = each
  const lists = listsAbout(declared, request)
  const all = (lists.length === 0 ? [noList] : lists).flatMap((list) => replayCases(list, [{ ...each, name }]))
  const [strictest] = all.toSorted((one, other) => strictness.indexOf(other.outcome) - strictness.indexOf(one.outcome))
  const { outcome, decidedBy } = strictest!
  const decides = rule === undefined || all.some((one) => one.outcome === outcome && one.decidedBy === rule)
  return {
    ...strictest!,
    decidedBy: decides && rule !== undefined ? rule : decidedBy,
    passes: outcome === expect && decides,
    rules: all.flatMap(({ rules }) => rules),
  }
}

function listsAbout(declared: ConfigDefinition, { grants = [], sandbox }: RuleCase['request']): readonly RuleList[] {
  const secrets = new Map(Object.entries(declared.secrets ?? {}))
  const profile = new Map(Object.entries(declared.profiles ?? {})).get(sandbox?.profile ?? '')
  const given = new Map(Object.entries(profile?.secrets ?? {}))
  const own = new Map(Object.entries(profile?.rules ?? {}))
  const lists = grants.flatMap(({ env, secret = given.get(env) }) => {
    // SECURITY: a name that is misspelt must not pass for one about which nothing was said.
    if (secret !== undefined && !secrets.has(secret)) {
      throw new CoatcheckError('request_invalid', {
        reason: 'grants: a secret that the configuration does not declare',
      })
    }
    return [secret === undefined ? undefined : secrets.get(secret)?.rules, own.get(env)]
  })
  return [declared.rules, ...lists].filter((list) => list !== undefined && list !== null)
}
