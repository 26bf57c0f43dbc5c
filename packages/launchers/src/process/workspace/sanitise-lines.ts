import { holdsKnownToken, stripUserinfo } from './credential-shapes.ts'

const secretWord =
  /auth|pass|pwd|token|secret|credential|api[_-]?key|[_.-]key|private|\bkey\b|cert|otp|user(?:name)?\b|email|ident|proxy|signing|header/i
/** A value that only names a variable of the environment is no secret, and the placeholder goes in by it. */
const variable = /[=:]\s*["']?\$\{[A-Za-z_][A-Za-z0-9_]*(?::?-)?\}["']?\s*$/
/** A run this long with letters and digits mixed is more likely a key than a word. */
const opaqueRun = /(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{32,}/

/** Longer lines are no settings, and dear to search. */
const longestLine = 8_192

/** Settings written one in a line, without the lines that hold or may hold a credential. */
export function sanitiseLines(text: string): string {
  const kept: string[] = []
  let droppedIndent: number | undefined
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const indent = line.length - line.trimStart().length
    // What is indented deeper than a line that went belongs to it: a folded value, or a block.
    if (droppedIndent !== undefined && line.trim() !== '' && indent > droppedIndent) continue
    droppedIndent = undefined
    const clean = cleanLine(line)
    if (clean === undefined) droppedIndent = indent
    else kept.push(clean)
  }
  return kept.join('\n')
}

function cleanLine(line: string): string | undefined {
  if (line.trim() === '') return line
  if (line.length > longestLine) return undefined
  if (variable.test(line) && !/^\s*[#;]/.test(line)) return line
  if (secretWord.test(line) || opaqueRun.test(line) || holdsKnownToken(line)) return undefined
  return stripUserinfo(line)
}
