import { isSystemDatabase } from '../../injection/mongodb-login.ts'
import { bsonTypes, textOf, visitElements } from './bson-elements.ts'
import { pipelineFault } from './pipeline-rules.ts'

/** What commands are judged by. */
export interface CommandRules {
  /** All but those of the service itself where it is undefined. */
  readonly databases: ReadonlySet<string> | undefined
  readonly isReadOnly: boolean
}

/** What is thought of one command. */
export interface Verdict {
  readonly name: string
  /** Short words for a reader, without a value; absent where the command goes on. */
  readonly fault?: string
}

/** Commands about a session or the connection, which no data belongs to. */
const neutral = new Set([
  'abortTransaction',
  'buildInfo',
  'buildinfo',
  'commitTransaction',
  'connectionStatus',
  'endSessions',
  'hello',
  'isMaster',
  'ismaster',
  'ping',
  'refreshSessions',
  'startSession',
])

const reading = new Set([
  'aggregate',
  'collStats',
  'collstats',
  'count',
  'dataSize',
  'datasize',
  'dbStats',
  'dbstats',
  'distinct',
  'explain',
  'find',
  'getMore',
  'killCursors',
  'listCollections',
  'listIndexes',
])

const writing = new Set([
  'collMod',
  'convertToCapped',
  'create',
  'createIndexes',
  'createSearchIndexes',
  'delete',
  'deleteIndexes',
  'drop',
  'dropDatabase',
  'dropIndexes',
  'dropSearchIndex',
  'findAndModify',
  'findandmodify',
  'insert',
  'update',
  'updateSearchIndex',
])

/** Commands that hold stages. */
const staged = new Set(['aggregate', 'collMod', 'create'])
/** Commands that name their database themselves, and are run on another. */
const ofWhole = new Set(['listDatabases', 'renameCollection'])
/** What drivers put beside every command; what else begins so is between servers. */
const ownFields = new Set(['$clusterTime', '$db', '$readPreference'])
/** What can be a database anywhere; a name that is cut short at a zero byte is none. */
const databaseForm = /^[^\0/\\. "$*<>:|?]{1,63}$/

/** Whether a session may have a database. */
function allowsDatabase({ databases }: CommandRules, name: string): boolean {
  if (!databaseForm.test(name) || isSystemDatabase(name)) return false
  return databases === undefined || databases.has(name)
}

/** Judges the body of a command. SECURITY: a command that no list has is refused. */
export function judgeCommand(body: Buffer, rules: CommandRules): Verdict {
  return judge(body, 0, body.length, rules, undefined)
}

/** @param outer the database of the command that this one stands in */
function judge(bytes: Buffer, from: number, to: number, rules: CommandRules, outer: string | undefined): Verdict {
  let name = ''
  let isFirst = true
  let [firstType, firstStart, firstEnd] = [0, 0, 0]
  let database = outer
  let isDatabaseSaid = false
  let target: string | undefined
  let fault: string | undefined
  const isWhole = visitElements(bytes, from, to, (key, type, start, end) => {
    if (isFirst) {
      isFirst = false
      name = key
      firstType = type
      firstStart = start
      firstEnd = end
    } else if (key === '$db') {
      const said = type === bsonTypes.string ? textOf(bytes, start, end) : undefined
      if (isDatabaseSaid || said === undefined || (outer !== undefined && said !== outer))
        fault = 'its database is unclear'
      isDatabaseSaid = true
      database = said
    } else if (key === name) fault = 'its name stands twice'
    else if (key === 'to' && target === undefined && type === bsonTypes.string) target = textOf(bytes, start, end)
    else if (key === 'to') fault = 'its target is unclear'
    else if (key.startsWith('$') && !ownFields.has(key)) fault = 'it has a field of servers'
    return true
  })
  const shown = /^[a-z]{1,40}$/i.test(name) ? name : 'a command without a name'
  if (!isWhole) return { name: shown, fault: 'it cannot be read' }
  if (fault !== undefined) return { name: shown, fault }
  if (database === undefined) return { name: shown, fault: 'it names no database' }
  if (neutral.has(name)) return { name }
  if (name === 'explain') {
    if (outer !== undefined || firstType !== bsonTypes.document) return { name, fault: 'it explains no command' }
    const inner = judge(bytes, firstStart, firstEnd, rules, database)
    const isData = reading.has(inner.name) || writing.has(inner.name)
    return inner.fault === undefined && !isData ? { name, fault: 'it explains no command' } : { ...inner, name }
  }
  const first = firstType === bsonTypes.string ? textOf(bytes, firstStart, firstEnd) : undefined
  if (ofWhole.has(name)) return withFault(name, wholeFault(name, [first, target], rules))
  if (!reading.has(name) && !writing.has(name)) return { name: shown, fault: 'it is on no list' }
  if (rules.isReadOnly && !reading.has(name)) return { name, fault: 'the scope is for reading only' }
  if (!allowsDatabase(rules, database)) return { name, fault: 'the scope does not have its database' }
  // SECURITY: views, profiles and stored code lie in collections of this name, beside the data.
  if (first?.startsWith('system.') === true) return { name, fault: 'the collection is one of the service' }
  const allows = (other: string): boolean => allowsDatabase(rules, other)
  return withFault(name, staged.has(name) ? pipelineFault(bytes, from, to, rules.isReadOnly, allows) : undefined)
}

function withFault(name: string, fault: string | undefined): Verdict {
  return fault === undefined ? { name } : { name, fault }
}

function wholeFault(
  name: string,
  collections: readonly (string | undefined)[],
  rules: CommandRules,
): string | undefined {
  if (name === 'listDatabases')
    return rules.databases === undefined ? undefined : 'the scope does not have all databases'
  if (rules.isReadOnly) return 'the scope is for reading only'
  const isAllowed = (place: string | undefined): boolean => {
    const dot = place?.indexOf('.') ?? -1
    if (place === undefined || dot === -1) return false
    return allowsDatabase(rules, place.slice(0, dot)) && !place.startsWith('system.', dot + 1)
  }
  return collections.every(isAllowed) ? undefined : 'the scope does not have its database'
}
