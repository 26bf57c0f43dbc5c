import { type SqlStatement, sqlStatements } from './sql-statements.ts'

/** Statements that read, or that only steer the session. */
const reading = new Set(
  (
    'select with values table show explain describe desc begin start commit rollback savepoint release ' +
    'set use help lock unlock kill'
  ).split(' '),
)
/** What writes inside of a statement that begins like one that reads, or lifts what keeps it from writing. */
const writing = new Set(
  (
    'insert update delete outfile dumpfile write transaction_read_only tx_read_only global persist persist_only role ' +
    'statement prepare execute immediate nextval setval get_lock master_pos_wait load_file'
  ).split(' '),
)
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
  const [verb] = words
  if (verb === 'set') return words.includes('password')
  const isAboutUser = (verb === 'create' || verb === 'alter') && words.slice(1, 4).includes('user')
  if (verb === 'create') return isAboutUser && (words[1] === 'user' || words[1] === 'or')
  return (isAboutUser || verb === 'grant') && (words.includes('identified') || words.includes('password'))
}

function showsHash([verb, what, whose]: SqlStatement): boolean {
  return verb === 'show' && (what === 'grants' || (what === 'create' && whose === 'user'))
}

function writes(words: SqlStatement): boolean {
  const [verb = '', next] = words
  if (verb === 'show') return false
  if (!reading.has(verb) || words.some((word) => writing.has(word.replace(/^`/, '')) && !isName(word))) return true
  return verb === 'start' && next !== 'transaction'
}

/** A name in backticks is none of the words that write, but may be that of a setting. */
function isName(word: string): boolean {
  return word.startsWith('`') && !word.endsWith('_read_only')
}
