import { randomBytes } from 'node:crypto'
import { type FrameHead, maxControlBytes, opcodes } from './frame.ts'
import { applyMask } from './mask.ts'

/** Close codes of RFC 6455 §7.4.1. */
export const closeCodes = { protocolError: 1002, policyViolation: 1008, internalError: 1011 } as const

/** The head of a frame; with a mask, as clients write it. */
export function writeFrameHead({ isLast, isCompressed, opcode, length }: FrameHead, mask?: Buffer): Buffer {
  const extra = length < 126 ? 0 : length < 0x10000 ? 2 : 8
  const head = Buffer.alloc(2 + extra)
  head[0] = (isLast ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode
  head[1] = (mask === undefined ? 0 : 0x80) | (extra === 0 ? length : extra === 2 ? 126 : 127)
  if (extra === 2) head.writeUInt16BE(length, 2)
  if (extra === 8) head.writeBigUInt64BE(BigInt(length), 2)
  return mask === undefined ? head : Buffer.concat([head, mask])
}

/** A mask that nobody can foresee, RFC 6455 §10.3. */
export function freshMask(): Buffer {
  return randomBytes(4)
}

/** A whole message or control frame; masked, as clients write it. */
export function writeMaskedFrame(opcode: number, payload: Buffer): Buffer {
  const mask = freshMask()
  const head = writeFrameHead({ isLast: true, isCompressed: false, opcode, length: payload.length }, mask)
  return Buffer.concat([head, applyMask(payload, mask, 0)])
}

/** A close frame. @param reason ASCII; what does not fit in is left out */
export function writeClose(code: number, reason: string, towards: 'client' | 'service'): Buffer {
  const payload = Buffer.alloc(2 + Math.min(reason.length, maxControlBytes - 2))
  payload.writeUInt16BE(code, 0)
  payload.write(reason, 2, 'latin1')
  if (towards === 'service') return writeMaskedFrame(opcodes.close, payload)
  const head = { isLast: true, isCompressed: false, opcode: opcodes.close, length: payload.length }
  return Buffer.concat([writeFrameHead(head), payload])
}
