import { canonicalHost } from '../../foundation/canonical-host.ts'

/** What a TLS client says in the clear before anything else (RFC 8446 §4.1.2). */
export interface ClientHello {
  /** Canonical name of the server that the client wants; absent when it names none. */
  readonly serverName?: string
  /**
   * The hello holds an encrypted one. Browsers send a meaningless one to everybody (GREASE), which cannot be told apart
   * from a real one; either way the outer name decides, and a server that lacks the key takes the outer hello, as RFC 9849
   * asks of it.
   */
  readonly ech: boolean
  /** Protocols that the client offers, in its order. */
  readonly alpn: readonly string[]
}

/** Bytes looked at, at most; real hellos with post-quantum keys have about 2,000. */
const maxHelloBytes = 64 * 1024
/** Records that a hello may be cut into. Bounds the work for a client that sends one byte at a time. */
const maxRecords = 64
const maxRecordBytes = 2 ** 14

const handshakeRecord = 22
const clientHelloMessage = 1
/** Type and length of a handshake message. */
const headerBytes = 4
const extensionType = { serverName: 0, alpn: 16, draftEsni: 0xffce, ech: 0xfe0d }

/**
 * Reads the hello from the first bytes of a connection; give it all that has arrived so far. `incomplete`: more bytes are needed.
 * `not-tls`: the first byte begins no TLS record. `malformed`: it begins like TLS and is not, is too long, or could be read in two ways
 * (a repeated extension, a name that is no host). Never throws.
 */
export function parseClientHello(bytes: Uint8Array): ClientHello | 'incomplete' | 'not-tls' | 'malformed' {
  if (bytes.length > 0 && bytes[0] !== handshakeRecord) return 'not-tls'
  const message = joinRecords(bytes)
  if (typeof message === 'string')
    return message === 'incomplete' && bytes.length > maxHelloBytes ? 'malformed' : message
  try {
    return readHello(new Reader(message))
  } catch (error) {
    if (error instanceof MalformedError) return 'malformed'
    throw error
  }
}

/** The first handshake message, without its header, put together from the records that carry it. */
function joinRecords(bytes: Uint8Array): Buffer | 'incomplete' | 'malformed' {
  const parts: Uint8Array[] = []
  let joined = 0
  let needed = headerBytes
  for (let offset = 0; parts.length < maxRecords; ) {
    const [type, major, , high, low] = bytes.subarray(offset, offset + 5)
    if ((type ?? handshakeRecord) !== handshakeRecord || (major ?? 3) !== 3) return 'malformed'
    if (high === undefined || low === undefined) return 'incomplete'
    const length = high * 256 + low
    if (length === 0 || length > maxRecordBytes) return 'malformed'
    const part = bytes.subarray(offset + 5, offset + 5 + length)
    if (part.length < length) return 'incomplete'
    parts.push(part)
    joined += length
    offset += 5 + length
    if (needed === headerBytes && joined >= headerBytes) {
      const header = Buffer.concat(parts, headerBytes)
      needed += header.readUIntBE(1, 3)
      if (header[0] !== clientHelloMessage || needed > maxHelloBytes) return 'malformed'
    }
    // RFC 8446 §5.1: nothing else may share a record with the end of a hello.
    if (joined > needed) return 'malformed'
    if (joined === needed) return Buffer.concat(parts).subarray(headerBytes)
  }
  return 'malformed'
}

function readHello(hello: Reader): ClientHello {
  if (hello.uint(2) >> 8 !== 3) throw new MalformedError()
  hello.take(32)
  if (hello.vector(1).length > 32) throw new MalformedError()
  const suites = hello.vector(2)
  if (suites.length < 2 || suites.length % 2 !== 0) throw new MalformedError()
  if (hello.vector(1).length === 0) throw new MalformedError()
  const extensions = hello.atEnd ? new Map<number, Reader>() : readExtensions(new Reader(hello.vector(2)))
  hello.expectEnd()
  const names = extensions.get(extensionType.serverName)
  const alpn = extensions.get(extensionType.alpn)
  return {
    ...(names === undefined ? {} : { serverName: readServerName(names) }),
    ech: extensions.has(extensionType.ech) || extensions.has(extensionType.draftEsni),
    alpn: alpn === undefined ? [] : readProtocols(alpn),
  }
}

function readExtensions(list: Reader): Map<number, Reader> {
  const extensions = new Map<number, Reader>()
  while (!list.atEnd) {
    const type = list.uint(2)
    // SECURITY: with two server names, we and the service might each believe another one.
    if (extensions.has(type)) throw new MalformedError()
    extensions.set(type, new Reader(list.vector(2)))
  }
  return extensions
}

/** Exactly one host name (RFC 6066 §3). */
function readServerName(extension: Reader): string {
  const list = new Reader(extension.vector(2))
  extension.expectEnd()
  if (list.uint(1) !== 0) throw new MalformedError()
  const name = list.vector(2)
  list.expectEnd()
  const host = canonicalHost(name.toString('latin1'))
  // SECURITY: an address, NUL or anything else that is no ASCII host is refused here, and compared nowhere.
  if (host === undefined || name.some((byte) => byte > 0x7f)) throw new MalformedError()
  return host
}

function readProtocols(extension: Reader): string[] {
  const list = new Reader(extension.vector(2))
  extension.expectEnd()
  const protocols: string[] = []
  while (!list.atEnd) {
    const protocol = list.vector(1)
    if (protocol.length === 0) throw new MalformedError()
    protocols.push(protocol.toString('latin1'))
  }
  if (protocols.length === 0) throw new MalformedError()
  return protocols
}

class MalformedError extends Error {}

/** Reads TLS presentation language, big-endian, and never past the end. */
class Reader {
  readonly #bytes: Buffer
  #offset = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#offset === this.#bytes.length
  }

  expectEnd(): void {
    if (!this.atEnd) throw new MalformedError()
  }

  take(length: number): Buffer {
    const end = this.#offset + length
    if (end > this.#bytes.length) throw new MalformedError()
    const part = this.#bytes.subarray(this.#offset, end)
    this.#offset = end
    return part
  }

  uint(length: 1 | 2): number {
    return this.take(length).readUIntBE(0, length)
  }

  /** A vector with a length of so many bytes before it. */
  vector(lengthBytes: 1 | 2): Buffer {
    return this.take(this.uint(lengthBytes))
  }
}
