import { nestedCommentEnd } from '../nested-comment-end.ts'

/** Whose grammar a text is in. */
export type SqlDialect = 'postgres' | 'mysql'

/** Longest text of one statement, in characters. */
const maxCharacters = 1_000
/** Statements of one text that are told one by one. */
const maxStatements = 20

/** What stands for the rest where it cannot be told any more what is a literal. */
const hidden = '…'
/** Names in quotes that look like names; others are more likely values. */
const plainName = /^["`][\p{L}_][\p{L}\p{N}_$ .-]{0,62}["`]$/u

/** A comment, a literal, a name in quotes, a word, a parameter, or any other character. */
const tokens: Readonly<Record<SqlDialect, RegExp>> = {
  postgres:
    /(?<line>--[^\r\n]*)|(?<open>\/\*)|(?<escaped>e'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'?)|(?<text>(?:[bnx]|u&)?'[^']*(?:''[^']*)*'?)|(?<name>(?:u&)?"[^"]*(?:""[^"]*)*"?)|(?<dollar>\$(?:[a-z_\x80-\uffff][\w\x80-\uffff]*)?\$)|(?<word>[a-z_\x80-\uffff][\w$\x80-\uffff]*|\$\d+)|(?<number>\.?\d[\w.]*(?:(?<=e)[+-]\d+)?)|(?<space>\s+)|(?<other>[(),=<>+%|&!~^?:[\]{}]+|.)/gisy,
  mysql:
    /(?<line>--(?=[\s\p{Cc}]|$)[^\n]*|#[^\n]*)|(?<marks>\/\*M?!\d*|\*\/)|(?<open>\/\*)|(?<text>[bnx]?'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'?|"[^"\\]*(?:(?:\\.|"")[^"\\]*)*"?)|(?<name>`[^`]*(?:``[^`]*)*`?)|(?<number>\.?\d[\w.]*(?:(?<=e)[+-]\d+)?)|(?<word>[a-z_$\x80-\uffff@][\w$\x80-\uffff]*)|(?<space>\s+)|(?<other>[(),=<>+%|&!~^?:[\]{}]+|.)/gisuy,
}

/**
 * The statements of a text, with `?` for every literal and without comments. SECURITY: where a text can be read in two ways, as its
 * settings have it, nothing more of it is shown. What somebody writes as a name is a name here, whatever it says.
 */
export function maskedStatements(text: string, dialect: SqlDialect): readonly string[] {
  const token = new RegExp(tokens[dialect])
  const statements: string[] = []
  let further = 0
  let current = ''
  const done = (): void => {
    const told = tidied(current)
    current = ''
    if (told === '') return
    if (statements.length < maxStatements) statements.push(told)
    else further += 1
  }
  const say = (piece: string): void => {
    // Some room beyond what is told: lists become shorter.
    if (current.length < 4 * maxCharacters) current += piece
  }
  while (token.lastIndex < text.length) {
    const { 0: piece, groups = {} } = token.exec(text)!
    const { line, marks, open, escaped, text: literal, name, dollar, word, number, space } = groups
    if (line !== undefined || marks !== undefined || space !== undefined) say(' ')
    else if (open !== undefined) {
      token.lastIndex = commentEnd(text, token.lastIndex, dialect)
      say(' ')
    } else if (dollar !== undefined) {
      const end = text.indexOf(piece, token.lastIndex)
      say('?')
      token.lastIndex = end === -1 ? text.length : end + piece.length
    } else if (escaped !== undefined || number !== undefined) say('?')
    else if (literal !== undefined) {
      say('?')
      // Whether a backslash escapes depends on a setting, and so does where this ends.
      if (/\\['"]/.test(literal)) {
        say(hidden)
        token.lastIndex = text.length
      }
    } else if (name !== undefined) say(plainName.test(name) ? name : '?')
    else if (word === undefined && piece === ';') done()
    else say(piece)
  }
  done()
  return further === 0 ? statements : [...statements, `${further} more`]
}

/** One line, with lists of literals made short. */
function tidied(statement: string): string {
  const line = statement
    .replace(/[\p{C}\s]+/gu, ' ')
    .replace(/\?(?: ?, ?\?)+/g, '?, …')
    .replace(/(\([?, …]+\))(?: ?, ?\([?, …]+\))+/g, '$1, …')
    .trim()
  return line.length > maxCharacters ? `${line.slice(0, maxCharacters)}${hidden}` : line
}

function commentEnd(text: string, start: number, dialect: SqlDialect): number {
  if (dialect === 'postgres') return nestedCommentEnd(text, start)
  const end = text.indexOf('*/', start)
  return end === -1 ? text.length : end + 2
}
