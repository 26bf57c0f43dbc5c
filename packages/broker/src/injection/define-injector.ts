import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { Injection, Injector, Surface } from './injector.ts'

interface OptionRule<Type extends 'text' | 'list' | 'map'> {
  readonly type: Type
  readonly required: boolean
  /** What may be written, for people. */
  readonly allowed: string
}

/** An option that is one text. */
export interface TextOption extends OptionRule<'text'> {
  accepts(text: string): boolean
}

/** An option that is a list of one to sixteen different texts. */
export interface ListOption extends OptionRule<'list'> {
  accepts(text: string): boolean
}

/** An option that is one to sixteen texts by name. */
export interface MapOption extends OptionRule<'map'> {
  accepts(text: string, name: string): boolean
}

/** An option of an injector, as a scope writes it. */
export type InjectorOption = TextOption | ListOption | MapOption

type OptionRules = Readonly<Record<string, InjectorOption>>

interface OptionValues {
  readonly text: string
  readonly list: readonly string[]
  readonly map: Readonly<Record<string, string>>
}

/** The checked options, by the rules that they were checked with. */
export type InjectorOptions<Rules extends OptionRules> = {
  readonly [Name in keyof Rules]: Rules[Name]['required'] extends true
    ? OptionValues[Rules[Name]['type']]
    : OptionValues[Rules[Name]['type']] | undefined
}

/** An injector with its options still typed. */
export interface InjectorDefinition<Rules extends OptionRules> {
  readonly kind: string
  readonly surfaces: readonly Surface[]
  readonly options: Rules
  /** Gets options that keep their rules. @throws CoatcheckError `scope_invalid` when they do not fit together */
  prepare(options: InjectorOptions<Rules>): Injection
}

/** Most entries of a list or a map. */
const maxEntries = 16

/** Makes an injector that checks its options before it uses them: unknown ones are refused, required ones demanded. */
export function defineInjector<const Rules extends OptionRules>(definition: InjectorDefinition<Rules>): Injector {
  const { kind, surfaces, options: rules } = definition
  return {
    kind,
    surfaces,
    prepare(spec) {
      const allowed = Object.keys(rules).join(', ') || 'no options'
      for (const name of Object.keys(spec)) {
        if (name !== 'kind' && !Object.hasOwn(rules, name)) {
          throw new CoatcheckError('scope_invalid', { injector: kind, reason: 'unknown option', allowed })
        }
      }
      for (const [option, rule] of Object.entries(rules)) checkOption(kind, spec, option, rule)
      return definition.prepare(spec as InjectorSpec & InjectorOptions<Rules>)
    },
  }
}

function checkOption(injector: string, spec: InjectorSpec, option: string, rule: InjectorOption): void {
  const value: unknown = Object.hasOwn(spec, option) ? spec[option] : undefined
  if (value === undefined ? !rule.required : fits(value, rule)) return
  const reason = value === undefined ? 'option missing' : 'option not valid'
  throw new CoatcheckError('scope_invalid', { injector, option, reason, allowed: rule.allowed })
}

function fits(value: unknown, rule: InjectorOption): boolean {
  if (rule.type === 'text') return typeof value === 'string' && rule.accepts(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== (rule.type === 'list')) return false
  const entries = Object.entries<unknown>({ ...value })
  const distinct = new Set(entries.map(([name, text]) => (rule.type === 'list' ? text : name.toLowerCase())))
  if (entries.length === 0 || entries.length > maxEntries || distinct.size !== entries.length) return false
  return entries.every(([name, text]) => typeof text === 'string' && rule.accepts(text, name))
}
