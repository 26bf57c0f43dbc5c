import type { ExplainRequest, Explanation } from '@coatcheck/contract'
import type { ApiCall } from './api-call.ts'

/** Says what would become of a request of a sandbox, and why. @throws CoatcheckError `sandbox_not_found` | `vault_locked` */
export type ExplainCall = (request: ExplainRequest) => Promise<Explanation>

/** `POST /v1/explain` of a client. */
export function explainApi({ send }: ApiCall): ExplainCall {
  return (body) => send('POST', '/v1/explain', { body })
}
