/** Opcodes of RFC 6455 §5.2. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** What a frame says of itself, without its mask. */
export interface FrameHead {
  /** Last frame of its message. */
  readonly isLast: boolean
  /** First frame of a message that is compressed (RFC 7692 §6). */
  readonly isCompressed: boolean
  readonly opcode: number
  /** Of the payload, in bytes. */
  readonly length: number
}

/** Longest payload of a control frame, in bytes (RFC 6455 §5.5). */
export const maxControlBytes = 125

/** Whether frames with this opcode stand between others of a message. */
export function isControl(opcode: number): boolean {
  return (opcode & 0x8) !== 0
}
