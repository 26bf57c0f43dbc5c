import { type Document, serialize } from 'bson'

/** Kinds of messages that are known here. */
export const opcodes = { reply: 1, query: 2_004, compressed: 2_012, message: 2_013 } as const

/** Bits at the head of an OP_MSG; those below `optional` have to be understood by whoever reads it. */
export const messageFlags = { checksum: 1, moreToCome: 2, exhaustAllowed: 0x1_0000, required: 0xffff } as const

/** Bytes of a head, and of an OP_MSG up to its body: flags and the kind of its first section. */
export const sizes = { head: 16, toBody: 21, mostMessage: 48_000_000, mostBody: 16_793_600 } as const

/** Codes of MongoDB’s own. */
export const errorCodes = {
  hostUnreachable: { code: 6, codeName: 'HostUnreachable' },
  unauthorized: { code: 13, codeName: 'Unauthorized' },
  authenticationFailed: { code: 18, codeName: 'AuthenticationFailed' },
} as const

let lastId = 0

function nextId(): number {
  lastId = (lastId + 1) & 0x7fff_ffff
  return lastId
}

function head(length: number, id: number, responseTo: number, opcode: number): Buffer {
  const bytes = Buffer.alloc(sizes.head)
  bytes.writeInt32LE(length, 0)
  bytes.writeInt32LE(id, 4)
  bytes.writeInt32LE(responseTo, 8)
  bytes.writeInt32LE(opcode, 12)
  return bytes
}

/** A command, or the answer to one, in today’s form. */
export function message(document: Document | Buffer, responseTo = 0): Buffer {
  const body = Buffer.isBuffer(document) ? document : Buffer.from(serialize(document))
  const flagsAndKind = Buffer.alloc(5)
  return Buffer.concat([head(sizes.toBody + body.length, nextId(), responseTo, opcodes.message), flagsAndKind, body])
}

/** The answer to a command in the form in which it was asked. */
export function answer(
  { requestId, isQuery }: { readonly requestId: number; readonly isQuery: boolean },
  document: Document | Buffer,
): Buffer {
  if (!isQuery) return message(document, requestId)
  const body = Buffer.isBuffer(document) ? document : Buffer.from(serialize(document))
  const fields = Buffer.alloc(20)
  const awaitCapable = 8
  fields.writeInt32LE(awaitCapable, 0)
  fields.writeInt32LE(1, 16)
  return Buffer.concat([head(36 + body.length, nextId(), requestId, opcodes.reply), fields, body])
}

/** What a client is told whose command is not done. */
export function errorDocument({ code, codeName }: { readonly code: number; readonly codeName: string }, text: string) {
  return { ok: 0, errmsg: `coatcheck: ${text}`, code, codeName }
}
