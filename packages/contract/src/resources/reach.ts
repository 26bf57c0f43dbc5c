import type { JournalHead } from '../audit-event.ts'
import type { DangerClass } from './scope.ts'

/** Body of `POST /v1/reach`. */
export type ReachRequest =
  /** Id or name of a sandbox, which may have ended. */
  | { readonly sandbox: string }
  /** Id or label of a virtual key, which may be over. */
  | { readonly key: string }
  /** Name of a profile: of a sandbox that is made from it and asks for nothing else. */
  | { readonly profile: string }

/** Body of `POST /v1/reach/receipt`: whose deeds are in the journal. */
export type ReceiptRequest = Exclude<ReachRequest, { readonly profile: string }>

/** Requests that may be let through: all of them are as each member says. */
export interface ReachCall {
  /** `ask`: a person has to let each of them through. */
  readonly effect: 'allow' | 'ask'
  readonly methods: readonly string[] | 'any'
  /** Patterns of rules; every host of the destination when `any`. */
  readonly hosts: readonly string[] | 'any'
  /** Patterns of rules. */
  readonly paths: readonly string[] | 'any'
  /** What else has to be so: parameters, fields, bodies, actions. */
  readonly conditions: readonly string[]
  /** Expressions, of which nobody can say how much they let through; as far as this says, that is all of the above. */
  readonly unbounded: readonly string[]
  /** Rules that refuse some of it. */
  readonly except: readonly string[]
  /** Rules that let it through, with their lists. */
  readonly rules: readonly string[]
}

/** A call of the catalog that does lasting harm and may be let through. */
export interface ReachDanger {
  readonly class: DangerClass
  /** Method and path, as the catalog has them. */
  readonly call: string
  readonly why: string
}

/** A place where a secret may go, and what may be done there with it. */
export interface ReachDestination {
  readonly to: string
  readonly injector: string
  readonly calls: readonly ReachCall[]
  readonly dangers: readonly ReachDanger[]
}

/** What may be done with one grant. */
export interface ReachGrant {
  readonly env: string
  readonly secret: string
  readonly provider: string | null
  readonly destinations: readonly ReachDestination[]
  /** In short, `50usd/day of the grant`. */
  readonly caps: readonly string[]
}

/** What bounds a virtual key beside its rules and caps. */
export interface ReachKey {
  readonly expiresAt: string
  /** When it expired or was revoked; null while it has not. */
  readonly endedAt: string | null
  /** CIDR blocks from which it is good; anywhere where there are none. */
  readonly from: readonly string[]
}

/** What a sandbox, or whoever has a virtual key, could do at worst. Nothing that is done lies outside. */
export interface Reach {
  /** Id and label of the key where it is one’s. */
  readonly sandbox: { readonly id: string; readonly name: string; readonly profile: string }
  /** Present where it is the reach of a virtual key. */
  readonly key?: ReachKey
  readonly grants: readonly ReachGrant[]
  /** What may be sent without a secret to hosts that are open because of grants. */
  readonly bare: readonly { readonly to: string; readonly calls: readonly ReachCall[] }[]
  /** Hosts to which whatever is sent goes unread: exits for data. */
  readonly tunnels: readonly string[]
  /** Hosts that are refused, whatever else says. */
  readonly denied: readonly string[]
  /** Sentences for a person, the worst first. */
  readonly summary: readonly string[]
}

/** What one reach has and another has not. */
export interface ReachDifference {
  /** What is newly reached, one line each. */
  readonly added: readonly string[]
  /** What is not reached any more. */
  readonly removed: readonly string[]
}

/** What a receipt says. */
export interface ReachStatement {
  readonly at: string
  /** Id of the sandbox, or of the virtual key. */
  readonly sandbox: string
  /** SHA-256 of the reach, base64url. */
  readonly reach: string
  /** Where the journal that was read ends, as a checkpoint has it. */
  readonly heads: readonly JournalHead[]
  /** Requests and connections that were let through, and those of them that lie within the reach. */
  readonly done: number
  readonly within: number
  /** How many of those within have a path that the journal shows in part. */
  readonly unseen: number
  /** Those that do not, one line each, at most a hundred. */
  readonly outside: readonly string[]
}

/** A signed statement whether what a sandbox did, or was done with a virtual key, lies within what could be done. */
export interface ReachReceipt {
  readonly statement: ReachStatement
  readonly reach: Reach
  /** Ed25519 key that signed the statement, PEM. */
  readonly publicKey: string
  /** Of the line `coatcheck reach receipt 1` and the statement as JSON, in the order of its members above; base64. */
  readonly signature: string
}
