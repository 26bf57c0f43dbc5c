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
  /** What the service can send back of a signature that holds; absent where nothing is known of that. */
  traces?(head: RequestHead, placeholder: string, secret: Uint8Array): SignatureTraces | undefined
}

/** What was made with a secret to sign one request, and what of it may stand in the response. */
export interface SignatureTraces {
  /** Texts that are replaced where they come back, each as long as what stands in for it. */
  readonly made: readonly { readonly text: string; readonly standIn: string }[]
  /** What becomes of the value of an `Authentication-Info` field, by which the service proves itself; undefined where it goes. */
  proof(value: string): string | undefined
}
