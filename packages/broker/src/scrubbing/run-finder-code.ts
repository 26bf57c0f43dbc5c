/**
 * A WebAssembly module of three functions, written out instruction by instruction; the names are those of the specification (WebAssembly
 * Core 2.0, §5.4). It reads no memory but its own, and calls nobody.
 *
 * `find(length, shortest, slotBits)` looks at `length` bytes, a multiple of `blockBytes` and at least one block, from `inputAt` on. A byte is in the class when the
 * entry of the table at `lowAt` for its low half and the entry of the table at `highAt` for its high half have a bit in common. For each run
 * of at least `shortest` bytes of the class, `leastRun` or more, it writes where the run begins, where it ends, and `escapeLead` if a `%` or a `\\` is in it, as
 * three i32, from `outputAt` on, and answers with the address behind the last one. Where `slotBits` is not 0, it leaves out runs in which no escape begins, and of
 * whose windows none is in the table at `tableAt`; but not one that reaches the end of the last block. Every window of `windowBytes` is looked up, and every one of
 * `hexWindowBytes` with `caseBit` set in all of its bytes.
 *
 * The hash of a window starts with 0. Each eight bytes of it, as an i64, are added, and the sum is multiplied by one of the two i64 at `factorsAt`, in turns. Its first `slotBits` bits number a slot of the table, an i32; the 32 bits behind these, the last of
 * which is set, are what stands in this slot or in one behind it, without an empty one, 0, before.
 */

/** Bytes that are looked at together. */
export const blockBytes = 64
/** Longest input of one call, in bytes. */
export const maxInputBytes = 65_536
/** The least length of a run that can be asked for, in bytes. */
export const leastRun = 8
/** Numbers that are written for each run. */
export const runNumbers = 3
/** Where the table of low halves is, sixteen bytes. */
export const lowAt = 0
/** Where the table of high halves is, sixteen bytes. */
export const highAt = 16
/** Where the two factors of hashes are, eight bytes each. */
export const factorsAt = 32
/** Where the table is. */
export const tableAt = 64
/** The most bits by which a slot of it is numbered. */
export const maxSlotBits = 14
/** The fewest of these bits. */
export const minSlotBits = 8
/** Bytes of a window. */
export const windowBytes = 16
/** Bytes of a window of hexadecimal digits. */
export const hexWindowBytes = 32
/** What letters in lower case have and those in upper case have not. */
export const caseBit = 0x20
/** Where the input is read. */
export const inputAt = tableAt + 4 * 2 ** maxSlotBits
/** Where runs are written. */
export const outputAt = inputAt + maxInputBytes

const pageBytes = 65_536
const maxOutputBytes = Math.ceil(maxInputBytes / (leastRun + 1)) * runNumbers * 4
const pages = Math.ceil((outputAt + maxOutputBytes) / pageBytes)

const [i32, i64, v128] = [0x7f, 0x7e, 0x7b]
const empty = 0x40

/** Parameters and locals, in their order. */
const local = {
  length: 0,
  shortest: 1,
  slotBits: 2,
  at: 3,
  out: 4,
  trail: 5,
  isEscaped: 6,
  mask: 7,
  body: 8,
  runs: 9,
  start: 10,
  end: 11,
  low: 12,
  high: 13,
  bytes: 14,
}
/** Those of the third function. */
const seek = { at: 0, end: 1, bytes: 2 }
/** Those of the second function. */
const window = {
  start: 0,
  end: 1,
  slotBits: 2,
  at: 3,
  slot: 4,
  check: 5,
  found: 6,
  first: 7,
  second: 8,
  hash: 9,
  bits: 10,
}

const get = (index: number): number[] => [0x20, index]
const set = (index: number): number[] => [0x21, index]
const tee = (index: number): number[] => [0x22, index]
const i32Const = (value: number): number[] => [0x41, ...signed(BigInt(value))]
const i64Const = (value: number | bigint): number[] => [0x42, ...signed(BigInt(value))]
const vector = (operation: number, ...immediates: number[]): number[] => [0xfd, ...unsigned(operation), ...immediates]
const v128Load = (offset: number): number[] => vector(0x00, 0, ...unsigned(offset))
const v128Const = (byte: number): number[] => vector(0x0c, ...new Array<number>(16).fill(byte))

const i32Store = (offset: number): number[] => [0x36, 2, ...unsigned(offset)]
const i64Load = (offset: number): number[] => [0x29, 0, ...unsigned(offset)]
const i32Load = (offset: number): number[] => [0x28, 2, ...unsigned(offset)]
const [loop, ifTrue, otherwise, end, giveBack] = [0x03, 0x04, 0x05, 0x0b, 0x0f]
const branchIf = (depth: number): number[] => [0x0d, depth]
const select = 0x1b
const call = (index: number): number[] => [0x10, index]
const [i32EqualZero, i32Equal, i32LessSigned, i32LessOrEqualSigned] = [0x45, 0x46, 0x48, 0x4c]
const [i32GreaterOrEqualSigned, i32Add, i32Subtract, i32And, i32Or] = [0x4e, 0x6a, 0x6b, 0x71, 0x72]
const i32ShiftLeft = 0x74
const [i64Equal, i64NotEqual, i64LeadingZeros, i64TrailingZeros] = [0x51, 0x52, 0x79, 0x7a]
const [i64Add, i64Subtract, i64Multiply, i64And, i64Or] = [0x7c, 0x7d, 0x7e, 0x83, 0x84]
const [i64Xor, i64ShiftLeft, i64ShiftRight] = [0x85, 0x86, 0x88]
const [i32WrapI64, i64ExtendI32Unsigned] = [0xa7, 0xad]
const i8x16Swizzle = vector(0x0e)
const i8x16Equal = vector(0x23)
const i8x16NotEqual = vector(0x24)
const v128And = vector(0x4e)
const v128Or = vector(0x50)
const i8x16Bitmask = vector(0x64)
const i8x16ShiftRightUnsigned = vector(0x6d)

const ones = i64Const(-1)
const not = [...ones, i64Xor]
/** Bits from the one of this number on, up to 63. */
const from = (index: number): number[] => [...ones, ...get(index), i64ShiftLeft]

/** One bit for each of sixteen bytes of the block, from vectors that are 0 where it is unset. */
const bits = [i8x16Bitmask, i64ExtendI32Unsigned].flat()

const loadBytes = (lane: number): number[] => [...get(local.at), ...v128Load(inputAt + 16 * lane), ...set(local.bytes)]

/** Whether it is in the class. */
const classBits = (lane: number): number[] => [
  ...loadBytes(lane),
  ...[...get(local.low), ...get(local.bytes), ...v128Const(0x0f), ...v128And, ...i8x16Swizzle],
  ...[...get(local.high), ...get(local.bytes), ...i32Const(4), ...i8x16ShiftRightUnsigned, ...i8x16Swizzle],
  ...[...v128And, ...v128Const(0), ...i8x16NotEqual, ...bits],
]

/** The bits of all bytes of the block. */
const ofBlock = [
  ...classBits(0),
  ...[1, 2, 3].flatMap((lane) => [...classBits(lane), ...i64Const(16 * lane), i64ShiftLeft, i64Or]),
]

/** Leaves a bit where this many bits behind it are set, too. */
const narrowRuns = (by: number): number[] => [
  ...get(local.runs),
  ...get(local.runs),
  ...i64Const(by),
  i64ShiftRight,
  i64And,
  ...set(local.runs),
]

const put = (offset: number, value: readonly number[]): number[] => [...get(local.out), ...value, ...i32Store(offset)]

const writeRun = (start: readonly number[], behind: readonly number[]): number[] => [
  ...[...put(0, start), ...put(4, behind), ...put(8, [...get(local.isEscaped), ...i32Const(1), i32ShiftLeft])],
  ...[...get(local.out), ...i32Const(4 * runNumbers), i32Add, ...set(local.out)],
]

/** Writes a run unless it is sifted out. */
const write = (start: readonly number[], behind: readonly number[]): number[] => [
  ...[...start, ...behind, ...call(2), ...tee(local.isEscaped), ...get(local.slotBits), i32EqualZero, i32Or],
  ...[ifTrue, i32, ...i32Const(1), otherwise, ...start, ...behind, ...get(local.slotBits), ...call(1), end],
  ...[ifTrue, empty, ...writeRun(start, behind), end],
]

const isLongEnough = [...get(local.shortest), i32GreaterOrEqualSigned]
const isAny = [...i64Const(0), i64NotEqual]
const trailStart = [...get(local.at), ...get(local.trail), i32Subtract]
const placeOf = (bit: number): number[] => [...get(local.at), ...get(bit), i32WrapI64, i32Add]

/** The run that goes on from the block before, or begins with this one, ends within it. */
const endTrail = [
  ...[...get(local.mask), ...not, i64TrailingZeros, ...set(local.start)],
  ...[...get(local.trail), ...get(local.start), i32WrapI64, i32Add, ...isLongEnough, ifTrue, empty],
  ...write(trailStart, placeOf(local.start)),
  end,
]

/** Splits off what is going on at the end of the block. */
const splitTail = [
  ...[...get(local.mask), ...not, i64LeadingZeros, ...set(local.end)],
  ...[...get(local.mask), ...from(local.start), i64And],
  ...[...ones, ...get(local.end), i64ShiftRight, i64And, ...tee(local.body), ...set(local.runs)],
  ...[...get(local.end), i32WrapI64, ...set(local.trail)],
]

const writeRuns = [
  ...[...narrowRuns(1), ...narrowRuns(2), ...narrowRuns(4)],
  ...[...get(local.shortest), ...i32Const(16), i32GreaterOrEqualSigned, ifTrue, empty, ...narrowRuns(8), end],
  ...[...get(local.runs), ...isAny, ifTrue, empty, loop, empty],
  ...[...get(local.runs), i64TrailingZeros, ...set(local.start)],
  ...[...get(local.body), ...not, ...from(local.start), i64And, i64TrailingZeros, ...set(local.end)],
  ...[...get(local.end), ...get(local.start), i64Subtract, i32WrapI64, ...isLongEnough, ifTrue, empty],
  ...write(placeOf(local.start), placeOf(local.end)),
  end,
  ...[...get(local.runs), ...from(local.end), i64And, ...tee(local.runs), ...isAny, ...branchIf(0)],
  ...[end, end],
]

const body = [
  // Locals: four i32, five i64, three v128.
  ...list([
    [4, i32],
    [5, i64],
    [3, v128],
  ]),
  ...[...i32Const(0), ...v128Load(lowAt), ...set(local.low)],
  ...[...i32Const(0), ...v128Load(highAt), ...set(local.high)],
  ...[...i32Const(outputAt), ...set(local.out)],
  loop,
  empty,
  ...[...ofBlock, ...set(local.mask)],
  ...[...get(local.mask), ...ones, i64Equal, ifTrue, empty],
  ...[...get(local.trail), ...i32Const(blockBytes), i32Add, ...set(local.trail)],
  otherwise,
  ...[...endTrail, ...splitTail, ...writeRuns],
  end,
  ...[...get(local.at), ...i32Const(blockBytes), i32Add, ...tee(local.at), ...get(local.length), i32LessSigned],
  ...branchIf(0),
  end,
  // Nobody knows yet what it goes on with.
  ...[...get(local.trail), ...isLongEnough, ifTrue, empty],
  ...[...trailStart, ...get(local.at), ...call(2), ...set(local.isEscaped)],
  ...[...writeRun(trailStart, get(local.at)), end],
  ...get(local.out),
  end,
]

const caseBits = i64Const(Buffer.alloc(8, caseBit).readBigInt64LE(0))
/** With letters in lower case. */
const folded = [...caseBits, i64Or]
const returned = (value: number): number[] => [...i32Const(value), giveBack]

/** Goes on with the hash of a window by 16 of its bytes, as they are or with letters in lower case. */
const hashOn = (offset: number, fold: readonly number[]): number[] => [
  ...[...get(window.at), ...i64Load(inputAt + offset), ...fold, i64Add, ...get(window.first), i64Multiply],
  ...[...get(window.at), ...i64Load(inputAt + offset + 8), ...fold, i64Add, ...get(window.second), i64Multiply],
]

/** Returns 1 where the hash that is given is in the table. */
const lookUp = [
  ...[...tee(window.hash), ...i64Const(64), ...get(window.bits), i64Subtract, i64ShiftRight, i32WrapI64],
  ...[...i32Const(2), i32ShiftLeft, ...tee(window.slot), ...i32Load(tableAt), ...tee(window.found), ifTrue, empty],
  ...[...get(window.hash), ...i64Const(32), ...get(window.bits), i64Subtract, i64ShiftRight, i32WrapI64],
  ...[...i32Const(1), i32Or, ...set(window.check), loop, empty],
  ...[...get(window.found), ...get(window.check), i32Equal, ifTrue, empty, ...returned(1), end],
  ...[...get(window.slot), ...i32Const(4), i32Add, ...i32Const(4), ...get(window.slotBits), i32ShiftLeft],
  ...[...i32Const(1), i32Subtract, i32And, ...tee(window.slot), ...i32Load(tableAt), ...tee(window.found)],
  ...[...branchIf(0), end, end],
]

/** Looks all windows of a width up. */
const lookUpAll = (width: number, hash: readonly number[]): number[] => [
  ...[...get(window.start), ...set(window.at)],
  ...[...get(window.start), ...i32Const(width), i32Add, ...get(window.end), i32LessOrEqualSigned, ifTrue, empty],
  ...[loop, empty, ...hash, ...lookUp],
  ...[...get(window.at), ...i32Const(1), i32Add, ...tee(window.at)],
  ...[...i32Const(width), i32Add, ...get(window.end), i32LessOrEqualSigned, ...branchIf(0), end],
  end,
]

/** Whether a window between two places is in the table. */
const sift = [
  // Locals: four i32, four i64.
  ...list([
    [4, i32],
    [4, i64],
  ]),
  ...[...i32Const(0), ...i64Load(factorsAt), ...set(window.first)],
  ...[...i32Const(0), ...i64Load(factorsAt + 8), ...set(window.second)],
  ...[...get(window.slotBits), i64ExtendI32Unsigned, ...set(window.bits)],
  ...lookUpAll(windowBytes, [...i64Const(0), ...hashOn(0, [])]),
  ...lookUpAll(hexWindowBytes, [...i64Const(0), ...hashOn(0, folded), ...hashOn(16, folded)]),
  ...[...i32Const(0), end],
]

/** Whether an escape may begin between two places. */
const seekEscape = [
  // Locals: one v128.
  ...list([[1, v128]]),
  ...[loop, empty],
  ...[...get(seek.at), ...v128Load(inputAt), ...tee(seek.bytes), ...v128Const(0x25), ...i8x16Equal],
  ...[...get(seek.bytes), ...v128Const(0x5c), ...i8x16Equal, ...v128Or, ...i8x16Bitmask],
  // What lies behind the end is no part of it.
  ...[...i32Const(1), ...get(seek.end), ...get(seek.at), i32Subtract],
  ...[...i32Const(16), ...get(seek.end), ...get(seek.at), i32Subtract, ...i32Const(16), i32LessSigned, select],
  ...[i32ShiftLeft, ...i32Const(1), i32Subtract, i32And, ifTrue, empty, ...returned(1), end],
  ...[...get(seek.at), ...i32Const(16), i32Add, ...tee(seek.at), ...get(seek.end), i32LessSigned],
  ...[...branchIf(0), end, ...i32Const(0), end],
]

/** The module; it exports `memory` and `find`. */
export const runFinderCode: Uint8Array<ArrayBuffer> = Uint8Array.from([
  ...Buffer.from('\0asm'),
  ...[1, 0, 0, 0],
  ...section(1, list([3, 2].map((count) => [0x60, ...list(new Array<number[]>(count).fill([i32])), ...list([[i32]])]))),
  ...section(3, list([[0], [0], [1]])),
  ...section(5, list([[0, pages]])),
  ...section(
    7,
    list([
      [...name('memory'), 2, 0],
      [...name('find'), 0, 0],
    ]),
  ),
  ...section(10, list([body, sift, seekEscape].map((code) => [...unsigned(code.length), ...code]))),
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
function signed(value: bigint): number[] {
  const [low, rest] = [Number(value & 0x7fn), value >> 7n]
  const isLast = rest === ((low & 0x40) === 0 ? 0n : -1n)
  return isLast ? [low] : [low | 0x80, ...signed(rest)]
}
