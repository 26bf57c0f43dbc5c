import { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { string, uint32 } from '../../injection/ssh/wire-forms.ts'
import type { WireReader } from '../../injection/ssh/wire-reader.ts'
import type { ChannelSide } from './channel-side.ts'
import { numbers } from './transport/message-numbers.ts'

/** Bytes that are under way in one direction, at most; what OpenSSH has for a session. */
const maxUnderWay = 2_097_152
/** How much more a side must take until the other one is told. */
const leastGrant = 65_536
const signalName = /^[A-Z0-9][A-Za-z0-9@.-]{0,63}$/

/** Carries the channel of a command between a client and a service. What one side may send is what the other one takes. */
export class Carriage {
  readonly #client: ChannelSide
  readonly #service: ChannelSide
  #bytesSent = 0
  #bytesReceived = 0

  constructor(client: ChannelSide, service: ChannelSide) {
    this.#client = client
    this.#service = service
  }

  get bytesSent(): number {
    return this.#bytesSent
  }

  get bytesReceived(): number {
    return this.#bytesReceived
  }

  /** Lets both sides send what the other one has room for, and no more than lies ready to go. */
  balance(): void {
    balanceOne(this.#client, this.#service)
    balanceOne(this.#service, this.#client)
  }

  /** Takes a message of the client about the channel, behind its number. @throws SshFault */
  fromClient(type: number, reader: WireReader): void {
    if (type === numbers.channelData) this.#bytesSent += carryData(this.#client, this.#service, reader, false)
    else if (type === numbers.windowAdjust) widen(this.#client, reader)
    else if (type === numbers.channelEof) this.#service.eof()
    else if (type === numbers.channelClose) this.#service.close()
    else throw new SshFault('a message does not fit its channel')
    this.balance()
  }

  /** Takes a message of the service. @returns whether the channel is closed by it. @throws SshFault */
  fromService(type: number, reader: WireReader): boolean {
    if (type === numbers.channelData) this.#bytesReceived += carryData(this.#service, this.#client, reader, false)
    else if (type === numbers.extendedData) this.#carryError(reader)
    else if (type === numbers.windowAdjust) widen(this.#service, reader)
    else if (type === numbers.channelEof) this.#client.eof()
    else if (type === numbers.channelRequest) this.#carryStatus(reader)
    else if (type === numbers.channelClose) {
      this.#client.close()
      this.#service.close()
      return true
    } else throw new SshFault('a message does not fit its channel')
    this.balance()
    return false
  }

  /** Passes a signal on. RFC 4254 §6.9. */
  signal(name: string): boolean {
    if (!signalName.test(name)) return false
    this.#service.request('signal', false, string(name))
    return true
  }

  #carryError(reader: WireReader): void {
    const kind = reader.uint32()
    const bytes = carryData(this.#service, this.#client, reader, true, kind === 1)
    this.#bytesReceived += bytes
  }

  /** How the command ended: its code or its signal. RFC 4254 §6.10. */
  #carryStatus(reader: WireReader): void {
    const [name, wantsReply] = [reader.text(64), reader.boolean()]
    if (name === 'exit-status') {
      this.#client.request(name, false, uint32(reader.uint32()))
      reader.end()
      return
    }
    if (name === 'exit-signal') {
      const [signal, hasDumped, text, language] = [reader.text(64), reader.boolean(), reader.string(), reader.text(64)]
      reader.end()
      if (!signalName.test(signal)) throw new SshFault('a signal is not valid')
      const parts = [string(signal), Buffer.of(hasDumped ? 1 : 0), string(text), string(language)]
      this.#client.request(name, false, ...parts)
      return
    }
    if (wantsReply) this.#service.reply(false)
  }
}

function balanceOne(from: ChannelSide, to: ChannelSide): void {
  if (to.transport.isBackedUp || from.hasSentClose) return
  const more = Math.min(to.room, maxUnderWay) - from.granted
  if (more >= leastGrant || (more > 0 && from.granted < leastGrant)) from.grant(more)
}

function carryData(from: ChannelSide, to: ChannelSide, reader: WireReader, isError: boolean, isCarried = true): number {
  const bytes = reader.string()
  reader.end()
  from.spend(bytes.length)
  if (isCarried) to.data(bytes, isError)
  return bytes.length
}

function widen(side: ChannelSide, reader: WireReader): void {
  side.widen(reader.uint32())
  reader.end()
}
