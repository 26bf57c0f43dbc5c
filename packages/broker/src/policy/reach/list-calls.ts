import type { ReachCall, Rule, RuleList } from '@coatcheck/contract'
import { parsePathPattern } from '../rules/path-pattern.ts'
import { coversHost } from './meet-hosts.ts'
import { coversPath } from './pattern-relations.ts'

/** Every request. */
export const everything: ReachCall = {
  effect: 'allow',
  methods: 'any',
  hosts: 'any',
  paths: 'any',
  conditions: [],
  unbounded: [],
  except: [],
  rules: [],
}

/** What a list may let through, taken alone. `label` says which list it is. */
export function listCalls(list: RuleList | undefined, label: string): readonly ReachCall[] {
  if (list === undefined || list.dryRun === true) return [everything]
  const named = list.rules.map((rule, index) => ({ rule, name: `${label}: ${rule.name ?? `rules[${index}]`}` }))
  const open =
    list.default === 'allow'
      ? [{ ...everything, rules: [`${label}: default`] }]
      : named.filter(({ rule }) => rule.effect !== 'deny').map(({ name, rule }) => callOf(rule, name))
  const presets = new Set(list.presets)
  const safe = presets.has('read-only') ? open.flatMap((call) => readOnly(call, label)) : open
  const noted = [...presets].filter((preset) => preset !== 'read-only').map((preset) => `${label}: ${preset}`)
  const some = noted.length === 0 ? safe : safe.map((call) => ({ ...call, except: [...call.except, ...noted] }))
  return named
    .filter(({ rule }) => rule.effect === 'deny')
    .reduce<readonly ReachCall[]>((calls, { name, rule }) => calls.flatMap((call) => without(call, rule, name)), some)
}

function callOf(rule: Rule, name: string): ReachCall {
  const { action, body = [], headers = {}, hosts = 'any', methods = 'any', paths = 'any', query = {}, when } = rule
  const pairs = (what: string, of: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(of).map(([key, value]) => `${what} ${key} = ${value}`)
  return {
    effect: rule.effect === 'ask' ? 'ask' : 'allow',
    methods: methods === 'any' ? methods : withHead(methods),
    hosts,
    paths,
    conditions: [
      ...pairs('parameter', query),
      ...pairs('field', headers),
      ...body.map((condition) => `body ${JSON.stringify(condition)}`),
      ...(action === undefined ? [] : [`action ${JSON.stringify(action)}`]),
    ],
    unbounded: when === undefined ? [] : [when],
    except: [],
    rules: [name],
  }
}

/** Methods that the preset `read-only` lets through, and the one call beside them. */
const safeMethods = ['GET', 'HEAD', 'OPTIONS']
const fetching = { methods: ['POST'], path: '/**/git-upload-pack' }

function readOnly(call: ReachCall, label: string): readonly ReachCall[] {
  const except = [...call.except, `${label}: read-only`]
  const among = (methods: readonly string[]): readonly string[] =>
    call.methods === 'any' ? methods : methods.filter((method) => call.methods.includes(method))
  const [safe, fetch] = [among(safeMethods), among(fetching.methods)]
  return [
    ...(safe.length === 0 ? [] : [{ ...call, methods: safe, except }]),
    ...(fetch.length === 0 ? [] : [{ ...call, methods: fetch, paths: [fetching.path], except }]),
  ]
}

/** What is left of a call. What cannot be said to be refused is left. */
function without(call: ReachCall, rule: Rule, name: string): readonly ReachCall[] {
  const methods = methodsWithout(call, rule)
  const paths = pathsWithout(call, rule)
  const hasAll = rule.methods === undefined || rule.methods === 'any'
  const isTouched = hasAll || call.methods === 'any' || methods.length < call.methods.length
  if (!isTouched) return [call]
  const left = { ...call, except: [...call.except, name] }
  if (!isPlain(rule) || !hostsWithin(call, rule)) return [left]
  const [noMethod, noPath] = [methods !== 'any' && methods.length === 0, paths !== 'any' && paths.length === 0]
  if (noMethod && noPath) return []
  if (noPath) return [{ ...left, methods }]
  return [noMethod ? { ...left, paths } : left]
}

function isPlain({ action, body, headers, query, when }: Rule): boolean {
  return [action, body, headers, query, when].every((part) => part === undefined)
}

function hostsWithin({ hosts }: ReachCall, rule: Rule): boolean {
  if (rule.hosts === undefined) return true
  return hosts !== 'any' && hosts.every((host) => rule.hosts?.some((outer) => coversHost(outer, host)))
}

function methodsWithout({ methods }: ReachCall, rule: Rule): ReachCall['methods'] {
  if (rule.methods === undefined || rule.methods === 'any') return []
  const denied = withHead(rule.methods)
  return methods === 'any' ? methods : methods.filter((method) => !denied.includes(method.toUpperCase()))
}

function pathsWithout({ paths }: ReachCall, rule: Rule): ReachCall['paths'] {
  if (rule.paths === undefined || rule.paths === 'any') return []
  if (paths === 'any') return rule.paths.some((path) => path === '/**') ? [] : paths
  const denied = rule.paths.map((path) => parsePathPattern(path).lenient)
  return paths.filter((path) => !denied.some((outer) => coversPath(outer, parsePathPattern(path).lenient, true)))
}

function withHead(methods: readonly string[]): readonly string[] {
  return methods.includes('GET') && !methods.includes('HEAD') ? [...methods, 'HEAD'] : methods
}
