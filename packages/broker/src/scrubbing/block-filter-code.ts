/**
 * A WebAssembly module of one function, written out instruction by instruction; the names are those of the specification (WebAssembly
 * Core 2.0, §5.4). It reads no memory but its own, calls nobody, and is told nothing of any value.
 *
 * `filter(length, shortest)` looks at `length` bytes, a multiple of `blockBytes` and at least one block, from `inputAt` on. A byte is in the class when the
 * entry of the table at `lowAt` for its low half and the entry of the table at `highAt` for its high half have a bit in common. It writes
 * the place of each block in which a run of `shortest` bytes of the class ends or is going on, as an i32, from `outputAt`
 * on, and answers with the address behind the last one. `shortest` is 8 to 16; below 16, runs of 8 count.
 */

/** Bytes that are looked at together. */
export const blockBytes = 64
/** Longest input of one call, in bytes. */
export const maxInputBytes = 65_536
/** Where the table of low halves is, sixteen bytes. */
export const lowAt = 0
/** Where the table of high halves is, sixteen bytes. */
export const highAt = 16
/** Where the places of blocks are written. */
export const outputAt = 64
/** Where the input is read. */
export const inputAt = 8_192

const pageBytes = 65_536
const pages = Math.ceil((inputAt + maxInputBytes) / pageBytes)

const [i32, i64, v128] = [0x7f, 0x7e, 0x7b]
const empty = 0x40

/** Parameters and locals, in their order. */
const local = { length: 0, shortest: 1, at: 2, out: 3, trail: 4, mask: 5, runs: 6, low: 7, high: 8, bytes: 9 }

const get = (index: number): number[] => [0x20, index]
const set = (index: number): number[] => [0x21, index]
const tee = (index: number): number[] => [0x22, index]
const i32Const = (value: number): number[] => [0x41, ...signed(value)]
const i64Const = (value: number): number[] => [0x42, ...signed(value)]
const vector = (operation: number, ...immediates: number[]): number[] => [0xfd, ...unsigned(operation), ...immediates]
const v128Load = (offset: number): number[] => vector(0x00, 0, ...unsigned(offset))
const v128Const = (byte: number): number[] => vector(0x0c, ...new Array<number>(16).fill(byte))

const i32Store = [0x36, 2, 0]
const [loop, ifTrue, otherwise, end] = [0x03, 0x04, 0x05, 0x0b]
const branchIf = (depth: number): number[] => [0x0d, depth]
const [i32LessSigned, i32GreaterOrEqualSigned, i32EqualZero, i32Add, i32Or] = [0x48, 0x4e, 0x45, 0x6a, 0x72]
const [i64EqualZero, i64Equal, i64LeadingZeros, i64TrailingZeros] = [0x50, 0x51, 0x79, 0x7a]
const [i64And, i64Or, i64Xor, i64ShiftLeft, i64ShiftRight] = [0x83, 0x84, 0x85, 0x86, 0x88]
const [i32WrapI64, i64ExtendI32Unsigned] = [0xa7, 0xad]
const i8x16Swizzle = vector(0x0e)
const i8x16NotEqual = vector(0x24)
const v128And = vector(0x4e)
const i8x16Bitmask = vector(0x64)
const i8x16ShiftRightUnsigned = vector(0x6d)

/** One bit for each of sixteen bytes of the block: whether it is in the class. */
const bitsOf = (lane: number): number[] => [
  ...get(local.at),
  ...v128Load(inputAt + 16 * lane),
  ...set(local.bytes),
  ...[...get(local.low), ...get(local.bytes), ...v128Const(0x0f), ...v128And, ...i8x16Swizzle],
  ...[...get(local.high), ...get(local.bytes), ...i32Const(4), ...i8x16ShiftRightUnsigned, ...i8x16Swizzle],
  ...v128And,
  ...v128Const(0),
  ...i8x16NotEqual,
  ...i8x16Bitmask,
  i64ExtendI32Unsigned,
]

/** Leaves a bit where this many bits before it are set, too. */
const narrowRuns = (by: number): number[] => [
  ...get(local.runs),
  ...get(local.runs),
  ...i64Const(by),
  i64ShiftRight,
  i64And,
  ...set(local.runs),
]

const notMask = [...get(local.mask), ...i64Const(-1), i64Xor]

const body = [
  // Locals: three i32, two i64, three v128.
  ...list([
    [3, i32],
    [2, i64],
    [3, v128],
  ]),
  ...[...i32Const(0), ...v128Load(lowAt), ...set(local.low)],
  ...[...i32Const(0), ...v128Load(highAt), ...set(local.high)],
  ...[...i32Const(outputAt), ...set(local.out)],
  loop,
  empty,
  ...bitsOf(0),
  ...[1, 2, 3].flatMap((lane) => [...bitsOf(lane), ...i64Const(16 * lane), i64ShiftLeft, i64Or]),
  ...[...tee(local.mask), ...set(local.runs)],
  ...[...narrowRuns(1), ...narrowRuns(2), ...narrowRuns(4)],
  ...[...get(local.shortest), ...i32Const(16), i32GreaterOrEqualSigned, ifTrue, empty, ...narrowRuns(8), end],
  // What the block begins with goes on from what the one before it ended with.
  ...[...notMask, i64TrailingZeros, i32WrapI64, ...get(local.trail), i32Add],
  ...[...get(local.shortest), i32GreaterOrEqualSigned],
  ...[...get(local.runs), i64EqualZero, i32EqualZero, i32Or],
  ifTrue,
  empty,
  ...[...get(local.out), ...get(local.at), ...i32Store],
  ...[...get(local.out), ...i32Const(4), i32Add, ...set(local.out)],
  end,
  ...[...get(local.mask), ...i64Const(-1), i64Equal, ifTrue, empty],
  ...[...get(local.trail), ...i32Const(blockBytes), i32Add, ...set(local.trail)],
  otherwise,
  ...[...notMask, i64LeadingZeros, i32WrapI64, ...set(local.trail)],
  end,
  ...[...get(local.at), ...i32Const(blockBytes), i32Add, ...tee(local.at), ...get(local.length), i32LessSigned],
  ...branchIf(0),
  end,
  ...get(local.out),
  end,
]

/** The module; it exports `memory` and `filter`. */
export const blockFilterCode: Uint8Array<ArrayBuffer> = Uint8Array.from([
  ...Buffer.from('\0asm'),
  ...[1, 0, 0, 0],
  ...section(1, list([[0x60, ...list([[i32], [i32]]), ...list([[i32]])]])),
  ...section(3, list([[0]])),
  ...section(5, list([[0, pages]])),
  ...section(
    7,
    list([
      [...name('memory'), 2, 0],
      [...name('filter'), 0, 0],
    ]),
  ),
  ...section(10, list([[...unsigned(body.length), ...body]])),
])

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content]
}

function list(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()]
}

function name(text: string): number[] {
  return list([...Buffer.from(text)].map((byte) => [byte]))
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const [low, rest] = [value & 0x7f, value >> 7]
  const isLast = rest === ((low & 0x40) === 0 ? 0 : -1)
  return isLast ? [low] : [low | 0x80, ...signed(rest)]
}
