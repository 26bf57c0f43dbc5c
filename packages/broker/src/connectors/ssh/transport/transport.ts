import type { Socket } from 'node:net'
import { disconnectReasons, SshFault } from '../../../injection/ssh/ssh-fault.ts'
import { message, string, uint32 } from '../../../injection/ssh/wire-forms.ts'
import { WireReader } from '../../../injection/ssh/wire-reader.ts'
import { IdentificationReader, ownIdentification } from './identification.ts'
import { type HostKeyProof, KeyExchange } from './key-exchange.ts'
import { numbers } from './message-numbers.ts'
import type { Role } from './negotiation.ts'
import { PacketReader } from './packet-reader.ts'
import { PacketWriter } from './packet-writer.ts'

/** What a transport tells whoever uses it. */
export interface TransportEvents {
  /** The first keys are in use. Said once. */
  ready(): void
  /** A message of a service, with its number in front. May throw SshFault. */
  message(type: number, payload: Buffer): void
  /** What was written has gone. */
  drained(): void
  /** It is over; nothing is told any more. @param fault absent where the other side ended it */
  closed(fault: SshFault | undefined): void
}

/** How a connection is spoken on. */
export interface TransportOptions {
  readonly role: Role
  readonly proof: HostKeyProof
  /** Bytes in one direction until new keys are agreed on; RFC 4253 §9 has a gigabyte. */
  readonly rekeyBytes?: number
}

const gigabyte = 1_073_741_824
/** Bytes that a side may say before it is trusted. */
const strangerBytes = 131_072
/** Bytes that wait for a side that reads nothing, until it is not read from either. */
const unreadBytes = 4_194_304
/** Messages that wait for new keys. */
const maxHeld = 65_536
const firstServiceMessage = 50

/** One connection that speaks SSH, from the first line on: packets, keys and new keys. RFC 4253. */
export class Transport {
  readonly #socket: Socket
  readonly #events: TransportEvents
  readonly #exchange: KeyExchange
  readonly #identification: IdentificationReader
  readonly #reader = new PacketReader()
  readonly #writer = new PacketWriter()
  readonly #rekeyBytes: number
  /** What has to wait until new keys are in use. */
  #held: Buffer[] = []
  #isIdentified = false
  #isTrusted = false
  #isOver = false
  #heardBytes = 0
  #keyedBytes = 0
  #sequence = 0

  constructor(socket: Socket, events: TransportEvents, { role, proof, rekeyBytes = gigabyte }: TransportOptions) {
    this.#socket = socket
    this.#events = events
    this.#rekeyBytes = rekeyBytes
    this.#identification = new IdentificationReader(role === 'client')
    this.#exchange = new KeyExchange(role, proof, {
      send: (payload) => this.#put(payload),
      seal: (cipher) => this.#writer.switchTo(cipher),
      open: (cipher, isCountedAnew) => {
        this.#reader.switchTo(cipher)
        // The message that says so is counted after this.
        if (isCountedAnew) this.#sequence = -1
      },
      done: (isFirst) => this.#keyed(isFirst),
    })
    socket
      .on('data', (chunk: Buffer) => this.#heard(chunk))
      .on('drain', () => this.#drained())
      .once('end', () => this.#close(undefined))
      .once('close', () => this.#close(undefined))
    socket.write(`${ownIdentification}\r\n`)
    this.#exchange.begin()
    socket.resume()
    if (socket.destroyed) queueMicrotask(() => this.#close(undefined))
  }

  /** What both sides know the connection by. */
  get sessionId(): Buffer {
    return this.#exchange.sessionId
  }

  /** Ways to sign that a server said it takes; empty where it said nothing. RFC 8308 §3.1. */
  get signatureAlgorithms(): readonly string[] {
    return this.#exchange.signatureAlgorithms
  }

  /** Whether more waits to be sent than should. */
  get isBackedUp(): boolean {
    return this.#socket.writableNeedDrain || this.#held.length > 0
  }

  /** The other side has shown who it is, and may say as much as it likes. */
  trust(): void {
    this.#isTrusted = true
  }

  /** Sends a message of a service, once keys are in use. */
  send(payload: Buffer): void {
    if (this.#isOver) return
    if (!this.#exchange.isRunning) this.#put(payload)
    else if (this.#held.length < maxHeld) this.#held.push(payload)
    // SECURITY: who never answers an offer of new keys does not make us collect what it is owed.
    else this.#fail(new SshFault('new keys were not agreed on'))
  }

  /** Says goodbye, and closes the connection when that is written. */
  end(text: string, reason: number = disconnectReasons.byApplication): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#socket.end(this.#writer.packet(message(numbers.disconnect, uint32(reason), string(text), string(''))))
  }

  #put(payload: Buffer): void {
    if (this.#isOver) return
    const packet = this.#writer.packet(payload)
    this.#socket.write(packet)
    this.#count(packet.length)
    // SECURITY: who does not read its answers is not asked for more.
    if (this.#socket.writableLength > unreadBytes) this.#socket.pause()
  }

  #drained(): void {
    if (this.#isOver) return
    this.#socket.resume()
    this.#events.drained()
  }

  #heard(chunk: Buffer): void {
    if (this.#isOver) return
    try {
      this.#heardBytes += chunk.length
      if (!this.#isTrusted && this.#heardBytes > strangerBytes) throw new SshFault('too much was said before a login')
      this.#count(chunk.length)
      this.#reader.push(this.#isIdentified ? chunk : this.#identify(chunk))
      for (;;) {
        const payload = this.#isIdentified && !this.#isOver ? this.#reader.next() : undefined
        if (payload === undefined) return
        this.#take(payload)
        this.#sequence = (this.#sequence + 1) >>> 0
      }
    } catch (error) {
      this.#fail(error instanceof SshFault ? error : new SshFault('internal'))
    }
  }

  #identify(chunk: Buffer): Buffer {
    const found = this.#identification.push(chunk)
    if (found === undefined) return Buffer.alloc(0)
    this.#isIdentified = true
    this.#exchange.identified(found.line)
    return found.rest
  }

  #take(payload: Buffer): void {
    const type = payload[0]
    if (type === undefined) throw new SshFault('a message is empty')
    if (type === numbers.disconnect) {
      this.#socket.end()
      this.#close(undefined)
      return
    }
    if (this.#exchange.take(type, payload)) return
    if (type === numbers.ignore || type === numbers.debug || type === numbers.unimplemented) return
    const isOfService = type === numbers.serviceRequest || type === numbers.serviceAccept || type >= firstServiceMessage
    if (isOfService) {
      this.#events.message(type, payload)
      return
    }
    this.send(message(numbers.unimplemented, uint32(this.#sequence)))
  }

  #count(bytes: number): void {
    this.#keyedBytes += bytes
    if (this.#keyedBytes < this.#rekeyBytes || this.#exchange.isRunning) return
    this.#keyedBytes = 0
    this.#exchange.begin()
  }

  #keyed(isFirst: boolean): void {
    this.#keyedBytes = 0
    if (isFirst) this.#events.ready()
    const held = this.#held
    this.#held = []
    for (const payload of held) this.send(payload)
    if (!isFirst && !this.isBackedUp && !this.#isOver) this.#events.drained()
  }

  #fail(fault: SshFault): void {
    if (this.#isOver) return
    this.end(`coatcheck: ${fault.message}`, fault.reason)
    this.#events.closed(fault)
  }

  #close(fault: SshFault | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.closed(fault)
  }
}

/** The reader of a message, behind its number. */
export function readerOf(payload: Buffer): WireReader {
  return new WireReader(payload.subarray(1))
}
