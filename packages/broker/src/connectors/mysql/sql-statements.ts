/**
 * Words of one statement outside of comments and literals, in lower case. Names in backticks keep the first one, so that a column is
 * not taken for a verb. What stands in a comment that the server executes counts.
 */
export type SqlStatement = readonly string[]

/** Where the meaning of a backslash or of double quotes depends on a setting, they are read as the default has them. */
const tokens =
  /--(?=\s|\p{Cc}|$)[^\n]*|#[^\n]*|\/\*M?!\d*|\/\*.*?(?:\*\/|$)|\*\/|'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"|`[^`]*(?:``[^`]*)*`|[a-z_\x80-\xff][\w$\x80-\xff]*|;/gisu

/** Cuts a text into statements, as far as that can be told without the grammar of the server. */
export function sqlStatements(text: string): readonly SqlStatement[] {
  const statements: string[][] = []
  let words: string[] = []
  const done = (): void => {
    if (words.length > 0) statements.push(words)
    words = []
  }
  for (const [token] of text.matchAll(tokens)) {
    if (token === ';') done()
    else if (token[0] === '`') words.push(token.slice(0, -1).toLowerCase())
    else if (/^[a-z_\x80-\xff]/i.test(token)) words.push(token.toLowerCase())
  }
  done()
  return statements
}
