import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import { configRefusal } from './config-refusal.ts'

/** One member of a configuration, and the line of the file that it begins on. */
export interface ConfigMember {
  readonly name: string
  readonly value: unknown
  readonly line: number
}

/**
 * The members of a configuration in YAML 1.2, in their order; none of an empty file. No member stands in it twice, and none is an alias.
 * SECURITY: nothing of the file is repeated in a failure.
 * @throws CoatcheckError `settings_invalid`
 */
export function configMembers(text: string): readonly ConfigMember[] {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: true, lineCounter })
  const [fault] = document.errors
  if (fault !== undefined) {
    const { line } = lineCounter.linePos(fault.pos[0])
    throw configRefusal(
      fault.code === 'DUPLICATE_KEY' ? `line ${line}: a member stands there twice` : `line ${line}: not YAML`,
    )
  }
  if (document.contents === null) return []
  if (!isMap(document.contents)) throw configRefusal('it is not a list of members')
  const values = plain(() => document.toJS({ maxAliasCount: 0, mapAsMap: true })) as ReadonlyMap<unknown, unknown>
  return document.contents.items.map(({ key }) => {
    const line = lineCounter.linePos((isScalar(key) && key.range?.[0]) || 0).line
    if (!isScalar(key) || typeof key.value !== 'string')
      throw configRefusal(`line ${line}: the name of a member is a text`)
    return { name: key.value, value: values.get(key.value), line }
  })
}

function plain(convert: () => unknown): unknown {
  try {
    return convert()
  } catch (cause) {
    throw configRefusal('it has aliases', cause)
  }
}
