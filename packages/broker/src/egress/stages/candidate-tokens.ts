import { placeholderMarker } from '@coatcheck/catalog'
import { parseBasicPair } from '../../injection/basic-pair.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { isCredentialField, isCredentialParameter } from './credential-names.ts'
import { queryParameters } from './query-parameters.ts'

/** Candidates of one head at most: each costs the caller a look-up. */
export const maxCandidateTokens = 64

/** Bounds of a placeholder's length, in characters. */
const shortest = 32
const longest = 128

/**
 * Strings in the head that could be placeholders of another sandbox or an ended grant: first what stands in the place of
 * a credential, then what has our mark, then everything of the right length. What does not fit in is left out.
 */
export function candidateTokens({ path, query, fields }: RequestHead): string[] {
  const credentials: string[] = []
  const others: string[] = [path]
  for (const { name, value } of fields) {
    const pair = parseBasicPair(value)
    if (pair !== undefined) credentials.push(pair.user, pair.password ?? '')
    else if (isCredentialField(name)) credentials.push(value, value.slice(value.lastIndexOf(' ') + 1))
    others.push(value)
  }
  for (const { name, value } of queryParameters(query)) {
    if (isCredentialParameter(name, value)) credentials.push(value)
    others.push(name, value)
  }
  const runs = others.flatMap((text) => text.match(/[\w.-]+/g) ?? [])
  const marked = runs.filter((run) => run.includes(placeholderMarker))
  const candidates = new Set([...credentials, ...marked, ...runs].filter(hasLengthOfPlaceholder))
  return [...candidates].slice(0, maxCandidateTokens)
}

function hasLengthOfPlaceholder({ length }: string): boolean {
  return length >= shortest && length <= longest
}
