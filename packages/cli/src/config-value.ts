import { configRefusal } from './config-refusal.ts'

/**
 * The value of a member as JSON has it. `line` is where the member begins.
 * SECURITY: names are texts, and none of them is that of a prototype.
 * @throws CoatcheckError `settings_invalid`
 */
export function plainValue(value: unknown, line: number): unknown {
  if (Array.isArray(value)) return value.map((each) => plainValue(each, line))
  if (!(value instanceof Map)) return value
  const entries = [...(value as ReadonlyMap<unknown, unknown>)].map(([name, inner]) => {
    if (typeof name !== 'string' || name === '__proto__')
      throw configRefusal(`line ${line}: a name there is not a text`)
    return [name, plainValue(inner, line)] as const
  })
  return Object.fromEntries(entries)
}
