import { nestedCommentEnd } from '../nested-comment-end.ts'

/** One statement: its words outside of comments and literals, in lower case, and the literals between dollar signs. */
export interface SqlStatement {
  readonly words: readonly string[]
  readonly bodies: readonly string[]
}

/**
 * Literals, comments, names in quotes, words, and what ends a statement. Where the meaning of a backslash depends on a setting, it is
 * read as if it escaped nothing; `E''` says that it does.
 */
const tokens =
  /--[^\n]*|\/\*|\be'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([a-z_\x80-\xff][\w\x80-\xff]*)?\$|[a-z_\x80-\xff][\w$\x80-\xff]*|;/gis

/** Cuts a text into statements, as far as that can be told without the grammar of the server. */
export function sqlStatements(text: string): readonly SqlStatement[] {
  const statements: SqlStatement[] = []
  let words: string[] = []
  let bodies: string[] = []
  const done = (): void => {
    if (words.length > 0) statements.push({ words, bodies })
    words = []
    bodies = []
  }
  tokens.lastIndex = 0
  for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
    const [token] = match
    const first = token[0]!
    if (token === ';') done()
    else if (token === '/*') tokens.lastIndex = nestedCommentEnd(text, tokens.lastIndex)
    else if (first === '$') {
      const end = text.indexOf(token, tokens.lastIndex)
      bodies.push(text.slice(tokens.lastIndex, end === -1 ? undefined : end))
      tokens.lastIndex = end === -1 ? text.length : end + token.length
    } else if (first === '"') words.push(token.slice(1, -1))
    else if (first !== "'" && first !== '-' && !/^e'/i.test(token)) words.push(token.toLowerCase())
  }
  done()
  return statements
}
