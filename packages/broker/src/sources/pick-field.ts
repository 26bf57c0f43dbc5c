import { sourceFailure } from './source.ts'

/** One text field of an object that a service or a program gave. @throws CoatcheckError `source_unavailable` */
export function pickField(from: unknown, field: string): string {
  const has = typeof from === 'object' && from !== null && Object.hasOwn(from, field)
  const text = has ? (from as Record<string, unknown>)[field] : undefined
  if (typeof text === 'string') return text
  throw sourceFailure(has ? `the field ${field} is not text` : `there is no field ${field}`)
}

/** One text field of a JSON text, or the whole text where no field is named. @throws CoatcheckError `source_unavailable` */
export function pickJsonField(text: string, field: string | undefined): string {
  if (field === undefined) return text
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // SECURITY: the parser's message quotes the value.
    throw sourceFailure('the value is not JSON, and a field of it is asked for')
  }
  return pickField(parsed, field)
}
