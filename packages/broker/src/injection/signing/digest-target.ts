import { canonicalTarget } from '../../foundation/canonical-path.ts'
import type { RequestHead } from '../request-head.ts'
import { soleField } from '../sole-field.ts'

/** What a client has before the target when it was told a base URL; none of it reaches the service. */
const baseUrlPath = /^(?:\/proxy|\/as\/[^/?#]+)\/[^/?#]+(?=\/)/
const origin = /^https?:\/\/([^/?#]+)/i

/** The request target as it leaves. */
export function targetOf({ path, query }: Pick<RequestHead, 'path' | 'query'>): string {
  return path + query
}

/** Whether a client that says this URI means the request: by its target, in full, or by its base URL. */
export function isTargetOf(head: RequestHead, uri: string): boolean {
  const [whole = '', authority] = origin.exec(uri) ?? []
  if (authority !== undefined && authority.toLowerCase() !== soleField(head, 'host')?.value.toLowerCase()) return false
  const path = uri.slice(whole.length)
  return isSame(head, path) || isSame(head, path.replace(baseUrlPath, ''))
}

function isSame(head: RequestHead, target: string): boolean {
  const read = canonicalTarget(target)
  return !('refused' in read) && targetOf(read) === targetOf(head)
}
