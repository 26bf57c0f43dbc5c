/** One instruction of the kernel's classic packet filter: `struct sock_filter`. */
export interface Instruction {
  readonly code: number
  /** Instructions to skip when a comparison holds. */
  readonly onTrue: number
  /** Instructions to skip when it does not. */
  readonly onFalse: number
  readonly operand: number
}

/** A run of instructions; blocks are put together by concatenation. */
export type Block = readonly Instruction[]

const loadWord = 0x20
const jumpIfEqual = 0x15
const jumpIfAtLeast = 0x35
const jumpIfAnyBit = 0x45
const giveBack = 0x06
const longestJump = 255

/** Loads 32 bits of the system call's description; every comparison after it looks at them. */
export function load(offset: number): Block {
  return [{ code: loadWord, onTrue: 0, onFalse: 0, operand: offset }]
}

/** Ends the filter with a verdict. */
export function give(verdict: number): Block {
  return [{ code: giveBack, onTrue: 0, onFalse: 0, operand: verdict >>> 0 }]
}

/** Runs the body only when the loaded word equals the value. */
export function whenEqual(value: number, body: Block): Block {
  return guarded(jumpIfEqual, value, body)
}

/** Runs the body only when the loaded word is the limit or above, unsigned. */
export function whenAtLeast(limit: number, body: Block): Block {
  return guarded(jumpIfAtLeast, limit, body)
}

/** Runs the body only when the loaded word shares a bit with the mask. */
export function whenAnyBit(mask: number, body: Block): Block {
  return guarded(jumpIfAnyBit, mask, body)
}

/** The filter in the form that the kernel reads: 8 bytes for each instruction. */
export function assemble(program: Block): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, { code, onTrue, onFalse, operand }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(onTrue, index * 8 + 2)
    bytes.writeUInt8(onFalse, index * 8 + 3)
    bytes.writeUInt32LE(operand, index * 8 + 4)
  }
  return bytes
}

function guarded(code: number, operand: number, body: Block): Block {
  if (body.length > longestJump) throw new RangeError('a block of a filter is longer than a jump')
  return [{ code, onTrue: 0, onFalse: body.length, operand: operand >>> 0 }, ...body]
}
