import { isSigningKeyId } from './signing-placeholder.ts'

/** Bounds of a placeholder's length, in characters. */
const shortest = 32
const longest = 128

/** The characters of a placeholder; some begin as their keys do, with a number and a colon. */
const whole = /^(?:\d{1,20}:)?[\w.-]+$/
const runs = [/[\w.-]+/g, /\d{1,20}:[\w.-]+/g]

/** Whether a text has the form of a placeholder, or of the key identifier that goes with one. The one place that knows this form. */
export function isPlaceholderText(text: string): boolean {
  if (isSigningKeyId(text)) return true
  return text.length >= shortest && text.length <= longest && whole.test(text)
}

/** The parts of a text that have the form of a placeholder, as long as they go. Linear in the text. */
export function placeholderTexts(text: string): string[] {
  return runs.flatMap((run) => text.match(run) ?? []).filter(isPlaceholderText)
}
