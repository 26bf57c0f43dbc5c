import { type SqlStatement, sqlStatements } from './sql-statements.ts'

/** What makes a statement one that writes, by its verb; those with other verbs write. */
const writingWords: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ...namesOf('show use help commit rollback savepoint release unlock kill').map(
    (verb) => [verb, new Set<string>()] as const,
  ),
  ...namesOf('select with values table explain describe desc').map(
    (verb) => [verb, new Set(namesOf('insert update delete outfile dumpfile'))] as const,
  ),
  // What lifts that a session reads only, or makes it one of other rights, or goes with another statement.
  ['set', new Set(namesOf('transaction_read_only tx_read_only write global persist persist_only role statement'))],
  ['start', new Set(namesOf('write slave replica all group_replication'))],
  ['lock', new Set(['write'])],
  // A block of statements begins so too.
  ['begin', new Set(['not', 'atomic'])],
])
/** Words of which one stands in every statement that any rule but that on reading is about. */
const suspicious = /password|identified|create|show|kill/i
const killStatement = /^\s*kill\s+((?:hard\s+|soft\s+)?(?:connection\s+|query\s+)?)(\d{1,10})\s*;?\s*$/i

/** Rules by which statements are looked at. They are advice to an honest client, and no boundary: what a user may do is. */
export interface StatementRules {
  readonly refusesPasswordChanges: boolean
  readonly refusesPasswordHashes: boolean
  readonly isReadOnly: boolean
  /** The service's own number of a session of the same grant; undefined for any other. */
  threadOf(id: number): number | undefined
}

/** What becomes of a statement that does not go on as it is. */
export type StatementVerdict = { readonly fault: string } | { readonly instead: string }

/** What is to be done about a statement; undefined where no rule speaks against it. */
export function judgeStatement(text: string, rules: StatementRules): StatementVerdict | undefined {
  // Most statements have no such word anywhere, and are not cut into words for it.
  if (!rules.isReadOnly && !suspicious.test(text)) return undefined
  const [, how, id] = killStatement.exec(text) ?? []
  if (id !== undefined) return judgeKill(how!, Number(id), rules)
  for (const words of sqlStatements(text)) {
    const fault = faultOf(words, rules)
    if (fault !== undefined) return { fault }
  }
  return undefined
}

function judgeKill(how: string, id: number, rules: StatementRules): StatementVerdict | undefined {
  const thread = rules.threadOf(id)
  if (thread === undefined) return { fault: 'it ends a session of somebody else' }
  return thread === id ? undefined : { instead: `kill ${how}${thread}` }
}

function faultOf(words: SqlStatement, rules: StatementRules): string | undefined {
  if (words[0] === 'kill') return 'it ends a session of somebody else'
  if (rules.refusesPasswordChanges && changesPassword(words)) return 'it sets the password of a user'
  if (rules.refusesPasswordHashes && showsHash(words)) return 'it shows the hash of a password'
  return rules.isReadOnly && writes(words) ? 'the scope is for reading only' : undefined
}

function changesPassword(words: SqlStatement): boolean {
  const [verb, what] = words
  if (verb === 'set') return words.includes('password')
  // A user that is new may have none.
  if (verb === 'create') return (what === 'or' ? words[3] : what) === 'user'
  const isAboutUser = (verb === 'alter' && what === 'user') || verb === 'grant'
  return isAboutUser && (words.includes('identified') || words.includes('password'))
}

function showsHash([verb, what, whose]: SqlStatement): boolean {
  return verb === 'show' && (what === 'grants' || (what === 'create' && whose === 'user'))
}

function writes([verb = '', ...words]: SqlStatement): boolean {
  const writing = writingWords.get(verb)
  // A column in backticks is none of the words that write, but a setting is one.
  return writing === undefined || words.some((word) => writing.has(verb === 'set' ? word.replace(/^`/, '') : word))
}

function namesOf(text: string): readonly string[] {
  return text.split(' ')
}
