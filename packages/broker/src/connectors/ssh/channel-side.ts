import { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { boolean, message, string, uint32 } from '../../injection/ssh/wire-forms.ts'
import type { WireReader } from '../../injection/ssh/wire-reader.ts'
import { numbers } from './transport/message-numbers.ts'
import type { Transport } from './transport/transport.ts'

/** The one channel of a connection has this number here. */
export const ownChannel = 0
/** Longest piece of data in one message, in bytes; the least that everybody takes (RFC 4253 §6.1). */
export const maxData = 32_768
const maxWindow = 0xffff_ffff
/** Extended data that is the standard error. RFC 4254 §5.2. */
const standardError = 1

/** What the other side of a channel said about it when it was opened. */
export interface OpenedChannel {
  readonly remote: number
  readonly window: number
  readonly maxPacket: number
}

/** Reads what stands behind the number of a channel where one is opened. @throws SshFault */
export function readOpened(remote: number, reader: WireReader): OpenedChannel {
  const [window, maxPacket] = [reader.uint32(), reader.uint32()]
  if (maxPacket < 1_024) throw new SshFault('the packets of a channel are too small')
  return { remote, window, maxPacket: Math.min(maxPacket, maxData) }
}

/** One side of a channel that is carried on: what may be sent to it, and what it may send. RFC 4254 §5. */
export class ChannelSide {
  readonly transport: Transport
  readonly #remote: number
  readonly #maxPacket: number
  #room: number
  #granted = 0
  #hasSentEof = false
  #hasSentClose = false

  constructor(transport: Transport, { remote, window, maxPacket }: OpenedChannel) {
    this.transport = transport
    this.#remote = remote
    this.#room = window
    this.#maxPacket = maxPacket
  }

  /** Bytes that it still takes. */
  get room(): number {
    return this.#room
  }

  /** Bytes that it may still send. */
  get granted(): number {
    return this.#granted
  }

  get hasSentClose(): boolean {
    return this.#hasSentClose
  }

  /** It takes more. @throws SshFault */
  widen(bytes: number): void {
    if (bytes > maxWindow - this.#room) throw new SshFault('a window is too wide')
    this.#room += bytes
  }

  /** It may send more. */
  grant(bytes: number): void {
    this.#granted += bytes
    this.#say(numbers.windowAdjust, uint32(bytes))
  }

  /** It sent something. @throws SshFault where it was more than it may */
  spend(bytes: number): void {
    if (bytes > this.#granted || bytes > maxData) throw new SshFault('more was sent than the window lets through')
    this.#granted -= bytes
  }

  /** Sends data that there is room for. */
  data(bytes: Buffer, isError: boolean): void {
    if (this.#hasSentEof || this.#hasSentClose) return
    if (bytes.length > this.#room) throw new SshFault('more was sent than the window lets through')
    this.#room -= bytes.length
    for (let at = 0; at < bytes.length; at += this.#maxPacket) {
      const piece = string(bytes.subarray(at, at + this.#maxPacket))
      if (isError) this.#say(numbers.extendedData, uint32(standardError), piece)
      else this.#say(numbers.channelData, piece)
    }
  }

  eof(): void {
    if (this.#hasSentEof || this.#hasSentClose) return
    this.#hasSentEof = true
    this.#say(numbers.channelEof)
  }

  close(): void {
    if (this.#hasSentClose) return
    this.#hasSentClose = true
    this.#say(numbers.channelClose)
  }

  request(name: string, wantsReply: boolean, ...parts: readonly Buffer[]): void {
    if (!this.#hasSentClose) this.#say(numbers.channelRequest, string(name), boolean(wantsReply), ...parts)
  }

  reply(isDone: boolean): void {
    if (!this.#hasSentClose) this.#say(isDone ? numbers.channelSuccess : numbers.channelFailure)
  }

  #say(type: number, ...parts: readonly Buffer[]): void {
    this.transport.send(message(type, uint32(this.#remote), ...parts))
  }
}
