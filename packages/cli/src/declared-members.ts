import { Command } from 'commander'
import { configRefusal } from './config-refusal.ts'
import { addServeOptions } from './serve-settings.ts'

/** Members of a configuration that are no options of `serve`: what a project has. */
export const declaringMembers: ReadonlySet<string> = new Set(['secrets', 'rules', 'caps', 'profiles'])

/**
 * What a configuration declares, without the options of `serve` that stand beside it.
 * SECURITY: a member that is misspelt would be a rule that does not hold, so it is refused; its name is not repeated.
 * @throws CoatcheckError `settings_invalid`
 */
export function declaredMembers(description: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { options } = addServeOptions(new Command())
  const known = new Set(options.filter(({ hidden }) => !hidden).map((option) => option.attributeName()))
  known.delete('config')
  const members = Object.entries(description)
  if (members.some(([name]) => !declaringMembers.has(name) && !known.has(name))) {
    throw configRefusal(`there is no such member; there are ${[...declaringMembers, ...known].join(', ')}`)
  }
  return Object.fromEntries(members.filter(([name]) => declaringMembers.has(name)))
}
