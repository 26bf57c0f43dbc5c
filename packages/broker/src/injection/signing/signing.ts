import type { ProblemCode, SafeFacts } from '@coatcheck/contract'
import type { RequestHead } from '../request-head.ts'

/** Whether a client's own signature holds; `needs-body` where only the body can tell. */
export type SignatureVerdict = 'holds' | 'needs-body' | SignatureFault

/** Why it does not. */
export interface SignatureFault {
  readonly code: Extract<
    ProblemCode,
    'signature_expired' | 'signature_invalid' | 'signature_out_of_scope' | 'signature_unsupported'
  >
  readonly facts: SafeFacts
}

/** The part of an injection with which the client signs, and does not send its placeholder. */
export interface Signing {
  /** Nothing in a request says whose signature it is but the signature itself. */
  readonly namesNobody?: boolean
  /** @param body the whole of it, where it is here */
  verify(head: RequestHead, placeholder: string, now: Date, body: readonly Uint8Array[] | undefined): SignatureVerdict
}
