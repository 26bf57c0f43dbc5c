/** Record types that the sinkhole tells apart; every number may be asked for. */
export const dnsTypes = { a: 1 } as const

/** Response codes (RFC 1035 §4.1.1). */
export const dnsCodes = { ok: 0, malformed: 1, failure: 2, noSuchName: 3, notImplemented: 4, refused: 5 } as const

/** A question as a stub resolver asks it. */
export interface DnsQuery {
  readonly id: number
  /** 0 for an ordinary query. */
  readonly opcode: number
  readonly recursionDesired: boolean
  /**
   * The name as text, without the root's dot. Bytes that are no letter, digit, hyphen or underscore are written `\DDD`, so
   * that no name with such a byte is equal to one without.
   */
  readonly name: string
  readonly type: number
  readonly class: number
  /** The question's own bytes, letters as they came; an answer repeats them. */
  readonly question: Uint8Array
}

/** A message that asks for an answer and cannot be read. */
export interface MalformedQuery {
  readonly id: number
  readonly malformed: true
}

/** What an answer says. */
export interface DnsAnswer {
  /** One of `dnsCodes`. */
  readonly code: number
  /** IPv4 address of the name, for questions of type A. */
  readonly address?: string
}

const headerBytes = 12
const maxLabelBytes = 63
/** With the bytes that hold lengths (RFC 1035 §2.3.4). */
const maxNameBytes = 255
/** Seconds that clients may keep an answer; the address stays the same, but the name may be revoked. */
const ttlSeconds = 30
const internet = 1

/** Reads a query with one question. Undefined for what deserves no answer: responses, and messages without a header. */
export function parseDnsQuery(message: Uint8Array): DnsQuery | MalformedQuery | undefined {
  if (message.length < headerBytes) return undefined
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  const flags = bytes.readUInt16BE(2)
  if ((flags & 0x8000) !== 0) return undefined
  const id = bytes.readUInt16BE(0)
  const name = bytes.readUInt16BE(4) === 1 ? readName(bytes) : undefined
  if (name === undefined || name.end + 4 > bytes.length) return { id, malformed: true }
  return {
    id,
    opcode: (flags >> 11) & 15,
    recursionDesired: (flags & 0x0100) !== 0,
    name: name.text,
    type: bytes.readUInt16BE(name.end),
    class: bytes.readUInt16BE(name.end + 2),
    question: bytes.subarray(headerBytes, name.end + 4),
  }
}

/** SECURITY: the first name of a message has nothing to point back to, so no pointer is followed, looped or not. */
function readName(bytes: Buffer): { readonly text: string; readonly end: number } | undefined {
  const labels: string[] = []
  let offset = headerBytes
  while (offset < bytes.length) {
    const length = bytes[offset]!
    offset += 1
    if (offset - headerBytes + length > maxNameBytes || length > maxLabelBytes) return undefined
    if (length === 0) return { text: labels.join('.'), end: offset }
    if (offset + length > bytes.length) return undefined
    labels.push(bytes.toString('latin1', offset, offset + length).replace(/[^A-Za-z0-9_-]/g, escapeByte))
    offset += length
  }
  return undefined
}

function escapeByte(character: string): string {
  return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
}

/** The answer to a query, at most 512 bytes: authoritative, and with nothing that was not asked for. */
export function buildDnsAnswer(query: DnsQuery | MalformedQuery, answer: DnsAnswer): Buffer {
  const readable = 'question' in query
  const header = Buffer.alloc(headerBytes)
  header.writeUInt16BE(query.id, 0)
  // Response, authoritative, recursion available: stub resolvers distrust a server without recursion.
  const asked = readable ? (query.opcode << 11) | (query.recursionDesired ? 0x0100 : 0) : 0
  header.writeUInt16BE(0x8480 | asked | answer.code, 2)
  header.writeUInt16BE(readable ? 1 : 0, 4)
  header.writeUInt16BE(answer.address === undefined ? 0 : 1, 6)
  if (!readable) return header
  return Buffer.concat([
    header,
    query.question,
    ...(answer.address === undefined ? [] : [addressRecord(answer.address)]),
  ])
}

function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(16)
  // A pointer to the question's name, which begins where the header ends (RFC 1035 §4.1.4).
  record.writeUInt16BE(0xc000 | headerBytes, 0)
  record.writeUInt16BE(dnsTypes.a, 2)
  record.writeUInt16BE(internet, 4)
  record.writeUInt32BE(ttlSeconds, 6)
  record.writeUInt16BE(4, 10)
  record.set(address.split('.').map(Number), 12)
  return record
}
