import type { ProblemCode } from './problem.ts'

/**
 * What an audit record tells. An exchange or connection that was let through has two records with one id: the intent,
 * written before the first upstream byte, and the outcome. A refusal has one,
 * and so has what a session said, where a scope asks for such a log.
 */
export type AuditKind =
  | 'journal.opened'
  | 'exchange.intended'
  | 'exchange.completed'
  | 'exchange.refused'
  | 'connection.intended'
  | 'connection.completed'
  | 'connection.refused'
  | 'connection.said'
  | 'derivation.intended'
  | 'derivation.completed'
  | 'derivation.refused'
  | 'name.refused'
  | 'denials.counted'
  | 'alarm.raised'
  | 'caps.set'
  | 'secret.created'
  | 'secret.rotated'
  | 'secret.rotation-ended'
  | 'secret.rescoped'
  | 'secret.deleted'
  | 'rules.changed'
  | 'config.applied'
  | 'provider.created'
  | 'provider.applied'
  | 'provider.deleted'
  | 'profile.applied'
  | 'profile.deleted'
  | 'decoy.created'
  | 'decoy.deleted'
  | 'sandbox.created'
  | 'sandbox.changed'
  | 'sandbox.renewed'
  | 'sandbox.ended'
  | 'grant.created'
  | 'grant.ended'
  | 'key.created'
  | 'key.ended'
  | 'lockdown.executed'
  | 'approval.asked'
  | 'approval.decided'
  | 'approval.cancelled'
  | 'project.created'
  | 'project.deleted'
  | 'member.set'
  | 'member.removed'
  | 'token.created'
  | 'token.revoked'
  | 'authentication.failed'
  | 'vault.locked'
  | 'vault.unlocked'
  | 'vault.rollback-confirmed'
  | 'vault.passphrase-changed'
  | 'vault.rotation-began'
  | 'vault.key-rotated'
  | 'backup.made'
  | 'row.tampered'
  | 'workers.started'
  | 'worker.ended'

/** How far a journal goes: its last record and that record's place in the chain. */
export interface JournalHead {
  /** Id of the journal; its file is called after it. */
  readonly journal: string
  /** Number of the record, from 1. */
  readonly sequence: number
  /** Chain hash of the record, hex. */
  readonly hash: string
}

/** One record of the audit journal. Never holds a value of a secret, nor a placeholder. */
export interface AuditEvent {
  /** Shared by the intent and the outcome of one decision. */
  readonly id: string
  readonly kind: AuditKind
  /** RFC 3339, UTC. */
  readonly at: string
  readonly project: string
  /** Id of the sandbox, or of the virtual key. */
  readonly sandbox?: string
  /** Names of the secrets attached, each with its version: `stripe@3`. */
  readonly secrets?: readonly string[]
  readonly grants?: readonly string[]
  readonly method?: string
  readonly scheme?: string
  readonly host?: string
  readonly port?: number
  /** Canonical path without the query; segments that held a placeholder are masked. */
  readonly path?: string
  /** Status that the client saw. */
  readonly status?: number
  /** Status that the service sent. */
  readonly upstreamStatus?: number
  /** Why it was refused or failed. */
  readonly code?: ProblemCode
  /** Rule that decided. */
  readonly rule?: string
  readonly bytesSent?: number
  readonly bytesReceived?: number
  readonly latencyMs?: number
  /** How often the value of a secret came back in the response, and was replaced by the placeholder. */
  readonly scrubbed?: number
  /** How often a key of the service’s form stood in the response that nobody knew, and was replaced. */
  readonly newKeys?: number
  /** How many denials a `denials.counted` record stands for. */
  readonly count?: number
  /** Id or name of the resource that a management action touched; of what came by a virtual key, the label of that. */
  readonly subject?: string
  /** Who asked for a management action: `owner`, or the id of a token. Absent where the broker acted by itself. */
  readonly actor?: string
  /** Short facts for a reader: ids, hosts, reasons. */
  readonly note?: string
  /** `journal.opened` only: the journals that were there, as far as they went and no other journal says so already. */
  readonly heads?: readonly JournalHead[]
}

/** What `/v1/requests` and `/v1/connections` list: the records of one id, joined. */
export interface ActivityRow {
  readonly id: string
  readonly kind: 'exchange' | 'connection' | 'name' | 'denials' | 'alarm' | 'management'
  readonly decision: 'allowed' | 'refused' | 'open'
  readonly at: string
  readonly event: AuditEvent
}
