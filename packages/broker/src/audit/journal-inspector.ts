import type { AuditCheckpoint, AuditVerification } from '@coatcheck/contract'
import { Checkpointer, type CheckpointerOptions } from './checkpointer.ts'
import { verifyAudit } from './verify-journal.ts'

/** Checks the journals of a directory and anchors them. */
export interface JournalInspector {
  /** `failing` while checkpoints cannot be made. */
  readonly state: 'ok' | 'failing'
  /** Reads every journal; `anchors` are checkpoints that were kept outside. */
  verify(anchors?: readonly AuditCheckpoint[]): Promise<AuditVerification>
  /** @throws CoatcheckError `audit_unavailable` */
  checkpoint(): Promise<AuditCheckpoint>
  /** Takes a last checkpoint; to be called before the journal closes. Never rejects. */
  close(): Promise<void>
}

/** Begins to take checkpoints, and looks at the journals with the key that signs them. @throws CoatcheckError `checkpoint_key_unusable` */
export function openJournalInspector(options: CheckpointerOptions): JournalInspector {
  const { directory, keyFile } = options
  const checkpointer = new Checkpointer(options)
  return {
    get state() {
      return checkpointer.state
    },
    verify: (anchors = []) => verifyAudit({ directory, keyFile, anchors }),
    checkpoint: () => checkpointer.exportCheckpoint(),
    close: () => checkpointer.close(),
  }
}
