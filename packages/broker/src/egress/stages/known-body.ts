import { isEncoded } from '../../injection/body/is-encoded.ts'
import { isJsonHead } from '../../injection/body/is-json-head.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { readJsonDocument } from '../../policy/rules/json-document.ts'
import type { RuleBody } from '../../policy/rules/rule-request.ts'

/** What rules know of a body that is here whole. */
export function knownBody(head: RequestHead, body: Buffer): Exclude<RuleBody, 'awaited'> {
  if (body.length === 0) return 'none'
  if (isEncoded(head)) return { unreadable: 'it is compressed' }
  return isJsonHead(head) ? readJsonDocument(body) : { unreadable: 'its Content-Type is not JSON in UTF-8' }
}
