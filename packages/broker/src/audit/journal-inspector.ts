import type { AuditCheckpoint, AuditVerification, Reach, ReachReceipt, ReachStatement } from '@coatcheck/contract'
import { openCheckpointKey } from './checkpoint-key.ts'
import { Checkpointer, type CheckpointerOptions } from './checkpointer.ts'
import { signReceipt } from './reach-receipt.ts'
import { verifyAudit } from './verify-journal.ts'

/** Checks the journals of a directory and anchors them. */
export interface JournalInspector {
  /** `failing` while checkpoints cannot be made. */
  readonly state: 'ok' | 'failing'
  /** Reads every journal; `anchors` are checkpoints that were kept outside. */
  verify(anchors?: readonly AuditCheckpoint[]): Promise<AuditVerification>
  /** @throws CoatcheckError `audit_unavailable` */
  checkpoint(): Promise<AuditCheckpoint>
  /** Signs what was done of what could be done, as far as the journals go now. @throws CoatcheckError `checkpoint_key_unusable` | `audit_unavailable` */
  receipt(reach: Reach, done: Omit<ReachStatement, 'at' | 'heads' | 'reach'>): Promise<ReachReceipt>
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
    async receipt(reach, done) {
      const { at, heads } = await checkpointer.exportCheckpoint()
      return signReceipt(openCheckpointKey(keyFile), reach, { at, heads, ...done })
    },
    close: () => checkpointer.close(),
  }
}
