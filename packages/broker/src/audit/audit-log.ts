import type { AuditEvent } from '@coatcheck/contract'

/** An event before the log has given it its time. */
export interface AuditEntry extends Omit<AuditEvent, 'at'> {
  /**
   * Members that were written as JSON beforehand, in printable ASCII and without braces, by `prepareMembers`: the record has
   * these, the identifier, the kind and the numbers of an outcome, and nothing else of the entry.
   */
  readonly prepared?: string
}

/** Where events are recorded. */
export interface AuditLog {
  /**
   * Resolves once the record is in the operating system's hands; nothing is dialled, and no exchange ends, before.
   * @throws CoatcheckError `audit_unavailable`
   */
  append(entry: AuditEntry): Promise<void>
}
