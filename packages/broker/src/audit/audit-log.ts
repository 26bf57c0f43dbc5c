import type { AuditEvent } from '@coatcheck/contract'

/** An event before the log has given it its time. */
export type AuditEntry = Omit<AuditEvent, 'at'>

/** Where events are recorded. */
export interface AuditLog {
  /**
   * Resolves once the record is in the operating system's hands; nothing is dialled, and no exchange ends, before.
   * @throws CoatcheckError `audit_unavailable`
   */
  append(entry: AuditEntry): Promise<void>
}
