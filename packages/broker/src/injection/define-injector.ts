import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { Injection, Injector, Surface } from './injector.ts'

/** An option of an injector, as a scope writes it. */
export interface InjectorOption {
  readonly required: boolean
  /** What may be written, for people. */
  readonly allowed: string
  accepts(text: string): boolean
}

type OptionRules = Readonly<Record<string, InjectorOption>>

/** The checked options, by the rules that they were checked with. */
export type InjectorOptions<Rules extends OptionRules> = {
  readonly [Name in keyof Rules]: Rules[Name]['required'] extends true ? string : string | undefined
}

/** An injector with its options still typed. */
export interface InjectorDefinition<Rules extends OptionRules> {
  readonly kind: string
  readonly surfaces: readonly Surface[]
  readonly options: Rules
  /** Gets options that keep their rules. @throws CoatcheckError `scope_invalid` when they do not fit together */
  prepare(options: InjectorOptions<Rules>): Injection
}

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
  const text: unknown = spec[option]
  if (text === undefined ? !rule.required : typeof text === 'string' && rule.accepts(text)) return
  const reason = text === undefined ? 'option missing' : 'option not valid'
  throw new CoatcheckError('scope_invalid', { injector, option, reason, allowed: rule.allowed })
}
