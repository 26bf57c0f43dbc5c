import { RefusedError, refuseAndReport } from '../refusal.ts'

/** Stands between a client’s frames and the service. */
export interface FrameGuard {
  /** Whatever is sent to the service behind what was let through begins a frame. */
  readonly isBetweenFrames: boolean
  /** The code of the client’s close frame; 1005 where it has none (RFC 6455 §7.1.5). Undefined before it closes. */
  readonly closeCode: number | undefined
  /**
   * What of the client’s bytes may be sent on; the next ones are given when this is settled.
   * @throws CoatcheckError `request_malformed`
   * @throws RefusedError for a placeholder in an undeclared place
   */
  push(chunk: Buffer): Buffer | Promise<Buffer>
  /** Lets go of what it holds. */
  close(): void
}

/** What is thrown over a placeholder in a frame, where no scope has it. */
export function placeholderInFrame(): RefusedError {
  return new RefusedError(refuseAndReport('placeholder_undeclared_place', { place: 'websocket' }))
}

/** The code in the payload of a close frame. */
export function closeCodeOf(payload: Buffer): number {
  return payload.length < 2 ? 1005 : payload.readUInt16BE(0)
}
