import { bsonTypes, textOf, visitElements } from './bson-elements.ts'

/** Stages that write what they are given. */
const writers = new Set(['$out', '$merge'])
/** Stages that can name another database. */
const readers = new Set(['$lookup', '$graphLookup', '$unionWith'])
/** Fields of what a stage writes to, when it is more than a name. */
const outFields = new Set(['db', 'coll', 'timeseries'])
/** SECURITY: what is nested deeper is nested to get out of sight. */
const maxDepth = 100

interface StageRules {
  readonly isReadOnly: boolean
  allows(database: string): boolean
}

/**
 * What is wrong with the stages of a command. SECURITY: stages are looked for at any depth, whatever they stand in: grammars differ
 * between services, and a key of this name has no other use.
 */
export function pipelineFault(
  bytes: Buffer,
  from: number,
  to: number,
  isReadOnly: boolean,
  allows: (database: string) => boolean,
): string | undefined {
  return search(bytes, from, to, { isReadOnly, allows }, 0)
}

function search(bytes: Buffer, from: number, to: number, rules: StageRules, depth: number): string | undefined {
  if (depth > maxDepth) return 'it is nested too deep'
  let fault: string | undefined
  const isWhole = visitElements(bytes, from, to, (key, type, start, end) => {
    if (writers.has(key)) fault = writerFault(bytes, key, type, start, end, rules)
    else if (readers.has(key) && type === bsonTypes.document) fault = placeFault(bytes, start, end, rules, 0)
    if (fault === undefined && type === 15) fault = 'it has code with a scope'
    if (fault === undefined && (type === bsonTypes.document || type === bsonTypes.array)) {
      fault = search(bytes, start, end, rules, depth + 1)
    }
    return fault === undefined
  })
  return fault ?? (isWhole ? undefined : 'it cannot be read')
}

function writerFault(
  bytes: Buffer,
  key: string,
  type: number,
  start: number,
  end: number,
  rules: StageRules,
): string | undefined {
  if (rules.isReadOnly) return 'the scope is for reading only'
  if (type === bsonTypes.string) return undefined
  if (type !== bsonTypes.document) return 'it writes to no collection'
  if (key === '$out') return outFault(bytes, start, end, rules)
  let fault: string | undefined
  visitElements(bytes, start, end, (name, inner, innerStart, innerEnd) => {
    if (name === 'into' && inner === bsonTypes.document) fault ??= outFault(bytes, innerStart, innerEnd, rules)
    return true
  })
  return fault
}

/** SECURITY: some services write to buckets of a cloud, by fields of other names. */
function outFault(bytes: Buffer, start: number, end: number, rules: StageRules): string | undefined {
  let fault: string | undefined
  visitElements(bytes, start, end, (name) => {
    if (!outFields.has(name)) fault = 'it writes to no collection'
    return true
  })
  return fault ?? placeFault(bytes, start, end, rules, 1)
}

/** Looks at the database that a stage names, in itself or one level below. */
function placeFault(bytes: Buffer, start: number, end: number, rules: StageRules, level: number): string | undefined {
  let fault: string | undefined
  visitElements(bytes, start, end, (name, type, innerStart, innerEnd) => {
    if (name === 'db') {
      const isAllowed = type === bsonTypes.string && rules.allows(textOf(bytes, innerStart, innerEnd))
      if (!isAllowed) fault = 'the scope does not have its database'
    } else if (name === 'from' && type === bsonTypes.document && level === 0) {
      fault ??= placeFault(bytes, innerStart, innerEnd, rules, 1)
    }
    return true
  })
  return fault
}
