import type { Reach, ReachReceipt, ReachRequest, ReceiptRequest } from '@coatcheck/contract'
import type { ApiCall } from './api-call.ts'

/** `/v1/reach`: what sandboxes and virtual keys could do at worst, each by its id, name or label, and sandboxes that a profile makes. */
export interface ReachApi {
  /** @throws CoatcheckError `sandbox_not_found` | `key_not_found` | `profile_not_found` | `secret_not_found` | `vault_locked` */
  of(whose: ReachRequest): Promise<Reach>
  /** Whether what was done lies within that, signed. @throws CoatcheckError `sandbox_not_found` | `key_not_found` | `vault_locked` | `audit_unavailable` */
  receipt(whose: ReceiptRequest): Promise<ReachReceipt>
}

/** The reach of a client. */
export function reachApi({ send }: ApiCall): ReachApi {
  return {
    of: (whose) => send('POST', '/v1/reach', { body: whose }),
    receipt: (whose) => send('POST', '/v1/reach/receipt', { body: whose }),
  }
}
