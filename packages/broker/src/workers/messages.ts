import type { ApprovalAnswer, ApprovalQuestion } from '../approvals/approval-asker.ts'
import type { Amounts } from '../caps/amounts.ts'
import type { CapAsk, CapHold } from '../caps/cap-desk.ts'
import type { CertificateLeaf } from '../certificates/certificate-authority.ts'
import type { ReceivedCookie } from '../egress/cookies/cookie-jars.ts'
import type { OwnReply } from '../egress/exchange.ts'
import type { Admission, AdmitOptions } from '../egress/forward/doorkeeper.ts'
import type { PresentedIdentity } from '../egress/forward/presented-identity.ts'
import type { HeaderField } from '../http/header-field.ts'
import type { TrafficDelta } from '../metrics/traffic-delta.ts'
import type { Placed } from '../sandbox/decoy.ts'
import type { GrantEnd } from '../sandbox/way-out.ts'
import type { Trial, TrialVerdict } from '../vault/staged-rotation.ts'
import type { SandboxSnapshot } from './sandbox-snapshot.ts'

/** One kind of message: what is asked, and what is answered. */
interface Kind<Ask, Answer> {
  readonly ask: Ask
  readonly answer: Answer
}

/** A request at the agent door, as far as it can mean anything there. */
export interface AgentQuestion {
  readonly sandboxId: string
  readonly method: string
  readonly target: string
  readonly fields: readonly HeaderField[]
  readonly body?: Uint8Array
}

/** A value of a secret, with what is known of it. */
interface ValueAnswer {
  readonly version: number
  readonly value: Uint8Array
  readonly untilMs?: number
  readonly trial?: Trial
}

/**
 * What a worker asks the main thread. SECURITY: `value` and `previousValue` are the only kinds that have anything of a secret
 * in them, and `cookie` of a session.
 */
export interface Questions {
  /** To look for changes of this moment, and publish the revision. */
  readonly look: Kind<null, null>
  /** All that decides about the traffic of a sandbox. */
  readonly routes: Kind<{ readonly sandboxId: string }, SandboxSnapshot>
  /** Whose placeholders these texts are, or which decoys; null for those that are nobody's. */
  readonly lookup: Kind<{ readonly texts: readonly string[] }, readonly (Placed | null)[]>
  /** The value of a living grant, or the credential that a derivation of it makes of the value, named by its key. */
  readonly value: Kind<
    { readonly sandboxId: string; readonly grantId: string; readonly derivation?: string },
    ValueAnswer
  >
  /** What is kept beside the new value of a living grant's secret. */
  readonly previousValue: Kind<{ readonly sandboxId: string; readonly grantId: string }, ValueAnswer>
  /** Whether a person lets a request go on; answered when somebody decided, or it was held for long enough. */
  readonly askApproval: Kind<ApprovalQuestion, ApprovalAnswer>
  /** To use an approval up, and whether it was there to be used. */
  readonly takeApproval: Kind<{ readonly sandboxId: string; readonly id: string; readonly digest: string }, boolean>
  /** What a service made of a value that is on trial. */
  readonly judged: Kind<
    {
      readonly sandboxId: string
      readonly grantId: string
      readonly version: number
      readonly verdict: TrialVerdict
    },
    null
  >
  /** That a service did not take what a derivation made, or, where none is named, what a source gave. */
  readonly dismiss: Kind<{ readonly sandboxId: string; readonly grantId: string; readonly derivation?: string }, null>
  /** Whether somebody may come in who shows a token. */
  readonly admit: Kind<
    { readonly identity: PresentedIdentity; readonly peer: string; readonly options: AdmitOptions },
    Admission
  >
  /** Whether somebody may come in who shows a placeholder alone. */
  readonly admitByKey: Kind<{ readonly texts: readonly string[]; readonly peer: string }, Admission | null>
  /** Whether somebody may come in who shows a virtual key. */
  readonly admitVirtualKey: Kind<{ readonly key: string; readonly peer: string }, Admission>
  /** What TLS for a host ends with, of the sandbox's own authority. */
  readonly certificate: Kind<{ readonly sandboxId: string; readonly host: string }, CertificateLeaf>
  /** To hold something for a request against its caps. */
  readonly reserve: Kind<CapAsk, CapHold>
  /** To count what became of it. */
  readonly settleHold: Kind<{ readonly holdId: string; readonly actual: Amounts }, null>
  /** To have a cookie kept in every thread; answered when it is. */
  readonly cookie: Kind<ReceivedCookie, null>
  /** An answer of the agent door. */
  readonly door: Kind<AgentQuestion, { readonly ticket: number; readonly reply: OwnReply }>
  /** That the answer with this ticket is out. */
  readonly doorAnswered: Kind<{ readonly ticket: number }, null>
  /** That the worker's door is open. */
  readonly ready: Kind<null, null>
  /** An unexpected error, without its message. */
  readonly fault: Kind<FaultReport, null>
}

/** What is told of an error. SECURITY: never its message, which may quote what was being handled. */
export interface FaultReport {
  readonly instance: string
  readonly name: string
  readonly code: string | null
  /** Its lines, without the message. */
  readonly stack: readonly string[]
}

/** What the main thread orders of a worker. Each is answered when it has taken effect. */
export interface Orders {
  /** To take notice of every change up to now. */
  readonly settle: Kind<null, null>
  readonly endGrants: Kind<{ readonly grantIds: readonly string[]; readonly why: GrantEnd }, null>
  readonly endDenied: Kind<{ readonly sandboxId: string }, null>
  readonly endOpen: Kind<{ readonly sandboxId: string }, null>
  /** Like `endOpen`, and the sandbox does not come again. */
  readonly close: Kind<{ readonly sandboxId: string }, null>
  readonly endInjected: Kind<null, null>
  /** To keep a cookie that came in another thread. */
  readonly keepCookie: Kind<ReceivedCookie, null>
  /** To take the wall clock as right, because an operator said so. */
  readonly confirmClock: Kind<null, null>
  /** To count anew, and say what was counted so far. */
  readonly counts: Kind<null, TrafficDelta>
  /** To close the door, end what is open and write what waits. */
  readonly stop: Kind<null, null>
}
