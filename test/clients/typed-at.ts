import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { atTerminal, type TerminalStep } from './at-terminal.ts'

/** What a person saw who typed at the prompts of a command. */
export interface Seen {
  readonly code: number
  /** With the control characters. */
  readonly raw: string
  readonly text: string
  /** The last line. */
  readonly last: string
}

/** Runs a command at a terminal where each step comes about, and that is left as it was found. */
export async function typedAt(
  argv: readonly string[],
  place: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
  steps: readonly TerminalStep[],
): Promise<Seen> {
  const { code, seen: raw, left } = await atTerminal(argv, place, steps)
  assert.equal(left, 0, raw)
  // A prompt hides the cursor while it waits.
  assert.ok(raw.lastIndexOf('\x1b[?25h') >= raw.lastIndexOf('\x1b[?25l'), 'the cursor stays hidden')
  const text = stripVTControlCharacters(raw)
  const lines = text.trimEnd().split(/[\r\n]/)
  return { code, raw, text, last: lines.at(-1) ?? '' }
}
