import type { Socket } from 'node:net'
import type { HostKeyPins } from '../../injection/ssh/host-key-pins.ts'
import { fingerprintOf } from '../../injection/ssh/public-key.ts'
import { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { message, string, uint32 } from '../../injection/ssh/wire-forms.ts'
import type { WireReader } from '../../injection/ssh/wire-reader.ts'
import type { SshLogin } from '../../injection/ssh-login.ts'
import { ChannelSide, maxData, ownChannel, readOpened } from './channel-side.ts'
import { type GitCommand, writeGitCommand } from './git-command.ts'
import { ServiceLogin } from './service-login.ts'
import { numbers } from './transport/message-numbers.ts'
import { readerOf, Transport } from './transport/transport.ts'

/** What is asked of a service. */
export interface ServiceWish {
  readonly user: string
  readonly login: SshLogin
  readonly pins: HostKeyPins
  readonly command: GitCommand
  /** Value of `GIT_PROTOCOL`, where the client has one. */
  readonly gitProtocol: string | undefined
}

/** What a service does. */
export interface ServiceEvents {
  /** Its command runs. */
  started(channel: ChannelSide): void
  /** A message about the channel, behind its number. May throw SshFault. */
  message(type: number, reader: WireReader): void
  drained(): void
  /** It is gone. */
  closed(fault: SshFault | undefined): void
}

/** The service showed a host key that is not pinned. */
export class UnknownHostKey extends Error {
  readonly fingerprint: string

  constructor(fingerprint: string) {
    super('the host key is not pinned')
    this.fingerprint = fingerprint
  }
}

type Step = 'keys' | 'login' | 'channel' | 'command' | 'running'

/** The connection of the broker to a service, with one channel in which one command runs. */
export class ServiceConnection {
  readonly #wish: ServiceWish
  readonly #events: ServiceEvents
  readonly #transport: Transport
  readonly #login: ServiceLogin
  readonly #opened = Promise.withResolvers<void>()
  #step: Step = 'keys'
  #channel: ChannelSide | undefined
  #shown: string | undefined

  constructor(socket: Socket, wish: ServiceWish, events: ServiceEvents) {
    this.#wish = wish
    this.#events = events
    this.#opened.promise.catch(() => {})
    this.#transport = new Transport(
      socket,
      {
        ready: () => this.#ready(),
        message: (type, payload) => this.#take(type, payload),
        drained: () => events.drained(),
        closed: (fault) => this.#closed(fault),
      },
      { role: 'client', proof: { algorithms: wish.pins.algorithms, isKnown: ({ blob }) => this.#isKnown(blob) } },
    )
    this.#login = new ServiceLogin(this.#transport, wish.user, wish.login)
  }

  /** Resolves once the command runs. @throws SshFault, LoginDeclined, UnknownHostKey */
  opened(): Promise<void> {
    return this.#opened.promise
  }

  /** Takes its leave. */
  end(): void {
    this.#transport.end('')
  }

  #isKnown(blob: Buffer): boolean {
    const isKnown = this.#wish.pins.holds(blob)
    if (!isKnown) this.#shown = fingerprintOf(blob)
    return isKnown
  }

  #ready(): void {
    this.#step = 'login'
    this.#login.begin()
  }

  #take(type: number, payload: Buffer): void {
    try {
      if (this.#step === 'login') {
        if (this.#login.take(type, payload)) this.#letIn()
      } else if (type === numbers.globalRequest) this.#refuseGlobal(readerOf(payload))
      else if (type === numbers.channelOpen) this.#refuseChannel(readerOf(payload))
      else this.#takeOfChannel(type, readerOf(payload))
    } catch (error) {
      this.#opened.reject(error)
      if (error instanceof SshFault) throw error
      this.#transport.end('')
    }
  }

  #letIn(): void {
    this.#step = 'channel'
    this.#transport.trust()
    const opening = [string('session'), uint32(ownChannel), uint32(0), uint32(maxData)]
    this.#transport.send(message(numbers.channelOpen, ...opening))
  }

  /** Host keys that a service tells of, and signs of life. RFC 4254 §4. */
  #refuseGlobal(reader: WireReader): void {
    reader.string()
    if (reader.boolean()) this.#transport.send(Buffer.of(numbers.globalFailure))
  }

  /** SECURITY: a service opens nothing here: no agent, no forward, no window. */
  #refuseChannel(reader: WireReader): void {
    reader.string()
    const failure = [uint32(reader.uint32()), uint32(1), string('coatcheck: not here'), string('')]
    this.#transport.send(message(numbers.channelOpenFailure, ...failure))
  }

  #takeOfChannel(type: number, reader: WireReader): void {
    if (reader.uint32() !== ownChannel) throw new SshFault('there is no such channel')
    if (this.#step === 'channel') {
      this.#start(type, reader)
      return
    }
    if (this.#step === 'running') {
      this.#events.message(type, reader)
      return
    }
    const channel = this.#channel!
    if (type === numbers.channelSuccess) {
      this.#step = 'running'
      // What comes next may be here already.
      this.#events.started(channel)
      this.#opened.resolve()
    } else if (type === numbers.windowAdjust) channel.widen(reader.uint32())
    else throw new SshFault('the command did not start')
  }

  /** The service has opened the channel: says what shall run in it. */
  #start(type: number, reader: WireReader): void {
    if (type !== numbers.channelOpened) throw new SshFault('no channel was opened')
    const channel = new ChannelSide(this.#transport, readOpened(reader.uint32(), reader))
    this.#channel = channel
    this.#step = 'command'
    const { gitProtocol, command } = this.#wish
    if (gitProtocol !== undefined) channel.request('env', false, string('GIT_PROTOCOL'), string(gitProtocol))
    channel.request('exec', true, string(writeGitCommand(command)))
  }

  #closed(fault: SshFault | undefined): void {
    const error = this.#shown === undefined ? (fault ?? new SshFault('closed')) : new UnknownHostKey(this.#shown)
    this.#opened.reject(error)
    this.#events.closed(fault)
  }
}
