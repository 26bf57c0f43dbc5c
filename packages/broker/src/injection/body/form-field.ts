import { canonicalParameterName } from '../canonical-names.ts'
import { spellingsOf } from '../query-parameters.ts'
import type { BodyFinding } from './body-place.ts'

/** The value of one field of an `application/x-www-form-urlencoded` body. */
export function findFormField(body: Buffer, name: string): BodyFinding {
  const text = body.toString('latin1')
  const [named, ...others] = spellingsOf(text, canonicalParameterName(name))
  // SECURITY: with a second spelling of the name, services differ on which one counts.
  if (others.length > 0) return { reason: 'the field stands there twice, or in two spellings' }
  if (named === undefined || named.value === '') return undefined
  const start = named.start + name.length + 1
  // Between `&` only: not every service takes `;` for a separator.
  const isWhole = (named.start === 0 || text[named.start - 1] === '&') && text[named.end] !== ';'
  if (!isWhole || !text.startsWith(`${name}=`, named.start))
    return { reason: 'the field is not spelled as in the scope' }
  return { span: { start, end: named.end }, text: named.value }
}
