import { type CelEnv, type CelValue, celEnv, isCelList, isCelMap } from '@bufbuild/cel'
import { RE2JS } from 're2js'
import { type EvaluationBudget, EvaluationStopped } from './evaluation-budget.ts'

/** Stands around the condition of a loop. */
export const stepFunction = '@step'
/** Stands around what a loop goes over. */
export const rangeFunction = '@range'

/** Longest pattern of `matches`, in characters. */
const maxPattern = 256
/** Characters of text for one unit. */
const textPerUnit = 16

type FuncGroup = NonNullable<ReturnType<CelEnv['funcs']['find']>>

/** An environment whose every function is counted, and what it is told of one evaluation. */
export interface MeteredEnvironment {
  readonly env: CelEnv
  /** Has `matches` know a pattern. @throws Error with why it is none */
  addPattern(pattern: string): void
  /** Whether there is such a function. */
  knows(name: string): boolean
}

/** Made once, and the same for all. */
let plain: CelEnv | undefined

/** What counts one evaluation. */
export interface Meter {
  readonly budget: EvaluationBudget
  /** What it costs to go through all of a request once. */
  readonly weight: number
}

/** @param meter of the evaluation that is going on */
export function meteredEnvironment(meter: Meter): MeteredEnvironment {
  const patterns = new Map<string, RE2JS>()
  plain ??= celEnv()
  const { funcs } = plain
  const charge = (name: string, values: readonly (CelValue | undefined)[]): void => {
    const { budget, weight } = meter
    budget.charge(1)
    for (const value of values) {
      if (typeof value === 'string') budget.charge(name === 'matches' ? value.length : value.length / textPerUnit)
      else if (isCelList(value) && (name === '_+_' || name === 'size')) budget.charge(value.size / textPerUnit)
      else if (isCelList(value) || isCelMap(value)) budget.charge(name === 'size' ? 1 : weight)
    }
  }
  const find = (name: string): object | undefined => {
    if (name === stepFunction || name === rangeFunction) return loopPart(meter)
    const group = name === 'matches' ? matching(patterns) : funcs.find(name)
    if (group === undefined) return undefined
    return {
      name,
      call(id: number, target: CelValue | undefined, args: CelValue[]) {
        charge(name, [target, ...args])
        if (name === '_==_' || name === '_!=_') refuseLookalikes(args[0], [args[1]])
        if (name === '@in' && isCelList(args[1])) refuseLookalikes(args[0], args[1])
        return group.call(id, target, args)
      },
    }
  }
  const env: CelEnv = Object.create(plain, { funcs: { value: { find } } })
  return {
    env,
    knows: (name) => funcs.find(name) !== undefined,
    addPattern(pattern) {
      if (pattern.length > maxPattern) throw new Error(`a pattern is longer than ${maxPattern} characters`)
      patterns.set(pattern, RE2JS.compile(pattern))
    },
  }
}

/** SECURITY: with patterns that were written out alone, each made ready once. */
function matching(patterns: ReadonlyMap<string, RE2JS>): Pick<FuncGroup, 'call'> {
  return {
    call(_id, target, args) {
      const [text, pattern] = target === undefined ? args : [target, args[0]]
      const compiled = typeof pattern === 'string' ? patterns.get(pattern) : undefined
      return typeof text === 'string' && compiled !== undefined ? compiled.matcher(text).find() : undefined
    },
  }
}

function loopPart(meter: Meter): object {
  return {
    call(_id: number, _target: undefined, [value]: readonly CelValue[]) {
      meter.budget.charge(isCelList(value) || isCelMap(value) ? 1 + value.size : 1)
      return value
    },
  }
}

/** SECURITY: `"5"` is 5 for some services, and another value in CEL. */
function refuseLookalikes(one: CelValue | undefined, others: Iterable<CelValue | undefined>): void {
  const kind = kindOf(one)
  if (kind === 'other') return
  for (const other of others) {
    const otherKind = kindOf(other)
    if (otherKind !== 'other' && otherKind !== kind && plainText(one) === plainText(other))
      throw new EvaluationStopped('a value has another type than in the rule')
  }
}

function kindOf(value: CelValue | undefined): 'number' | 'string' | 'boolean' | 'other' {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'number' || typeof value === 'bigint' ? 'number' : 'other'
}

function plainText(value: CelValue | undefined): string {
  return String(value).trim().toLowerCase()
}
