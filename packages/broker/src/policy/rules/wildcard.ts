/** Whether a text is one in which each `*` of the pattern stands for any characters, or none. Linear but for the stars, and never worse. */
export function fitsWildcard(pattern: string, text: string): boolean {
  if (pattern === '*') return true
  const parts = pattern.split('*')
  const [first = '', ...others] = parts
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false
  let at = first.length
  const end = text.length - last.length
  for (const part of others) {
    const found = text.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
