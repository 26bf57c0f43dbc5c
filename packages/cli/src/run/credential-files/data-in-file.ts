import { parseDocument } from 'yaml'

/** Members of an object in a file. */
export type Members = Readonly<Record<string, unknown>>

/** Reads YAML, of which JSON is a part; nothing when it is not an object, or not well formed. */
export function objectIn(text: string): Members | undefined {
  try {
    const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true, logLevel: 'silent' })
    // Aliases multiply; credential files have none.
    return document.errors.length > 0 ? undefined : membersOf(document.toJS({ maxAliasCount: 0 }))
  } catch {
    return undefined
  }
}

/** The members of a value that is an object. */
export function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined
}

/** A text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The entries of a list that are objects. */
export function listOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.map(membersOf).filter((item) => item !== undefined) : []
}
