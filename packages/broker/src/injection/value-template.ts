/** Where a template has the secret. Spaces inside the braces do not matter; nothing else may stand there. */
const slot = /\{\{ *value *\}\}/

/** A text with a place for the secret, e.g. `Key {{ value }}`. */
export interface ValueTemplate {
  readonly lead: string
  readonly tail: string
}

/** Reads a template; a text without a place for the secret is that text, and undefined is one that is neither. */
export function parseValueTemplate(text: string): ValueTemplate | string | undefined {
  const [lead = '', tail, ...more] = text.split(slot)
  // SECURITY: no filters, no other names: what is written is the whole value, once, or nothing.
  if (more.length > 0 || /\{\{|\}\}/.test(lead + (tail ?? ''))) return undefined
  return tail === undefined ? text : { lead, tail }
}
