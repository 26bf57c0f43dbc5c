import type { Reach, ReachReceipt } from '@coatcheck/contract'
import type { ApiCall } from './api-call.ts'

/** `/v1/reach`: what sandboxes could do at worst, each by its id or name. */
export interface ReachApi {
  /** @throws CoatcheckError `sandbox_not_found` | `vault_locked` */
  of(sandbox: string): Promise<Reach>
  /** Whether what it did lies within that, signed. @throws CoatcheckError `sandbox_not_found` | `vault_locked` | `audit_unavailable` */
  receipt(sandbox: string): Promise<ReachReceipt>
}

/** The reach of a client. */
export function reachApi({ send }: ApiCall): ReachApi {
  return {
    of: (sandbox) => send('POST', '/v1/reach', { body: { sandbox } }),
    receipt: (sandbox) => send('POST', '/v1/reach/receipt', { body: { sandbox } }),
  }
}
