import type { CapUsage } from './cap.ts'
import type { AttachedGrant } from './grant.ts'

/** `approved` until it is used or expires; `expired` when nobody decided, or nobody used it, in time. */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled'

/** What is asked for: that one request is let through once, or that a sandbox gets a grant. */
export type ApprovalKind = 'request' | 'access'

/** A grant as whoever decides sees it. */
export interface AskedGrant {
  readonly id: string
  /** Environment variable of the placeholder. */
  readonly env: string
  /** Name of the secret. */
  readonly secret: string
}

/** The body of a request as whoever decides sees it. */
export interface AskedBody {
  /**
   * All of it: control and formatting characters escaped, bytes that are no text as `\x{…}`, placeholders masked. Null where `action` of the
   * request says in its place what it does.
   */
  readonly text: string | null
  /** Length in bytes, as it came. */
  readonly bytes: number
  /** Of the body as it came, hex. */
  readonly sha256: string
}

/** The most that a request can use; what is absent cannot be told. */
export interface AskedSpend {
  readonly usd?: number
  readonly tokens?: number
  readonly emails?: number
}

/** What a request can use at most, in words. */
export function spendText({ emails, tokens, usd }: AskedSpend): string {
  const units = [
    ['dollars', usd],
    ['tokens', tokens],
    ['e-mails', emails],
  ] as const
  const unknown = units.filter(([, amount]) => amount === undefined).map(([unit]) => unit)
  const known = units.flatMap(([unit, amount]) => (amount === undefined || amount === 0 ? [] : [`${amount} ${unit}`]))
  const most = known.length === 0 ? [] : [`at most ${known.join(' and ')}`]
  if (unknown.length > 0) return [...most, `how many ${unknown.join(' or ')} cannot be told`].join('; ')
  return most[0] ?? 'nothing that is paid for'
}

/** The request that would be sent. Holds no value of a secret; text that the sandbox made is escaped. */
export interface AskedRequest {
  readonly method: string
  /** Canonical, with its query. */
  readonly url: string
  /** What goes on to the service; credentials masked. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** What it does, a line for each thing, where its body says that to no person: a push. Absent otherwise. */
  readonly action?: readonly string[]
  /** Null where there is none. */
  readonly body: AskedBody | null
  /** The most that it can use, as caps count it; absent where nobody asked. */
  readonly spend?: AskedSpend
  /** How each cap that stands on it stood when it was asked about, on whatever it counts; absent where there is none. */
  readonly caps?: readonly CapUsage[]
  /** The rule that asks. */
  readonly rule: string
  /** What would be put on it. */
  readonly grants: readonly AskedGrant[]
}

/** Body of `POST /access-requests` at the agent door. */
export interface AccessRequest {
  /** Host that the sandbox wants to reach with a secret, or the id of a provider. */
  readonly to: string
  /** Environment variable that shall hold the placeholder; that of the provider when absent. */
  readonly env?: string
  /** What it is for, in the words of the sandbox; at most 500 characters. */
  readonly reason: string
}

/** A grant that a sandbox asks for. */
export interface AskedAccess {
  readonly to: string
  readonly env: string | null
  /** In the words of the sandbox, escaped. */
  readonly reason: string
  /** Names of secrets that would fit; whoever approves says which one is meant. */
  readonly secrets: readonly string[]
}

/** A question to a person, and what became of it. */
export interface ApprovalView {
  readonly id: string
  readonly kind: ApprovalKind
  readonly state: ApprovalState
  /** Id of the sandbox that waits. */
  readonly sandbox: string
  /** Who may decide, as the rule says: `operator`, ids of tokens, names of webhooks; anybody who can where it is empty. */
  readonly approvers: readonly string[]
  readonly createdAt: string
  /** Until when it can be decided; once it is approved, until when it can be used. */
  readonly expiresAt: string
  readonly decidedAt: string | null
  /** `owner`, the id of a token, or `webhook:NAME`. */
  readonly decidedBy: string | null
  /** What was said with the decision, or why it was cancelled. */
  readonly reason: string | null
  /** When the request was let through. It is not let through again. */
  readonly usedAt: string | null
  /** For kind `request`. */
  readonly request?: AskedRequest
  /** For kind `access`. */
  readonly access?: AskedAccess
}

/** Body of `POST /v1/approvals/{id}/decision`. */
export interface ApprovalDecision {
  readonly decision: 'approve' | 'deny'
  /** Told to the sandbox; at most 500 characters. */
  readonly reason?: string
  /** For kind `access`: the stored secret to attach, where more than one would fit. */
  readonly secret?: string
  /** For kind `access`: the variable, in the place of the one that was asked for. */
  readonly env?: string
  /** For kind `access`: how long the grant is good, in seconds; as long as the sandbox when absent. */
  readonly ttlSeconds?: number
}

/** Reply to `POST /v1/approvals/{id}/decision`. */
export interface DecidedApproval extends ApprovalView {
  /** For kind `access`, once approved. */
  readonly grant?: AttachedGrant
}

/** What a sandbox is told of its own question at its agent door. */
export interface OwnApproval {
  readonly id: string
  readonly kind: ApprovalKind
  readonly state: ApprovalState
  readonly createdAt: string
  readonly expiresAt: string
  readonly reason: string | null
  readonly usedAt: string | null
}

/** Body of `POST /v1/approvals/{id}/callback`, with which a webhook decides. */
export interface ApprovalCallback {
  /** Its name in the configuration. */
  readonly webhook: string
  readonly decision: 'approve' | 'deny'
  /** When it was signed, in seconds since 1970. */
  readonly time: number
  /** From the notification. */
  readonly nonce: string
  /** Who decided; for the journal. */
  readonly by?: string
  /** Told to the sandbox. */
  readonly reason?: string
  /** HMAC-SHA256 under the webhook’s key, hex. */
  readonly signature: string
}
