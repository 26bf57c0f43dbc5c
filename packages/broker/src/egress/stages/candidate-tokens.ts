import { placeholderMarker } from '@coatcheck/catalog'
import { isPlaceholderText, placeholderTexts } from '../../foundation/placeholder-grammar.ts'
import { parseBasicPair } from '../../injection/basic-pair.ts'
import { queryParameters } from '../../injection/query-parameters.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { isCredentialField, isCredentialParameter } from './credential-names.ts'

/** Candidates of one head at most: each costs the caller a look-up. */
export const maxCandidateTokens = 64

/**
 * Strings in the head that could be placeholders of another sandbox or an ended grant: first what stands in the place of
 * a credential, then what has our mark, then everything of the right form. What does not fit in is left out.
 */
export function candidateTokens({ path, query, fields }: RequestHead, limit = maxCandidateTokens): string[] {
  const credentials: string[] = []
  // A path may hold a colon either way.
  const others: string[] = [path.replaceAll('%3A', ':')]
  for (const { name, value } of fields) {
    const pair = parseBasicPair(value)
    if (pair !== undefined) credentials.push(pair.user, pair.password ?? '', `${pair.user}:${pair.password ?? ''}`)
    else if (isCredentialField(name)) credentials.push(value, value.slice(value.lastIndexOf(' ') + 1))
    others.push(value)
  }
  for (const { name, value } of queryParameters(query)) {
    if (isCredentialParameter(name, value)) credentials.push(value)
    others.push(name, value)
  }
  const placed = [...credentials.filter(isPlaceholderText), ...credentials.flatMap(placeholderTexts)]
  const found = others.flatMap(placeholderTexts)
  const marked = found.filter((text) => text.includes(placeholderMarker))
  return [...new Set([...placed, ...marked, ...found])].slice(0, limit)
}
