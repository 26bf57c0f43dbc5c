import type { Socket } from 'node:net'
import { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { message, string, uint32 } from '../../injection/ssh/wire-forms.ts'
import type { WireReader } from '../../injection/ssh/wire-reader.ts'
import { ChannelSide, maxData, ownChannel, readOpened } from './channel-side.ts'
import { ClientAuthentication } from './client-authentication.ts'
import type { StandIn } from './stand-in.ts'
import { numbers } from './transport/message-numbers.ts'
import { readerOf, Transport } from './transport/transport.ts'

/** What a client does. */
export interface ClientEvents {
  loggedIn(): void
  /** It wants a command to run; `GIT_PROTOCOL` beside it, where it was said. Answered by `run` or `refuse`. */
  wanted(command: string, gitProtocol: string | undefined): void
  /** It wanted something that is not there. @param isAll whether it waits for nothing else */
  refused(what: string, isAll: boolean): void
  /** A message about the running command, behind its number. May throw SshFault. */
  message(type: number, reader: WireReader): void
  signal(name: string): boolean
  drained(): void
  closed(fault: SshFault | undefined): void
}

/** Requests that git itself never makes, by name, with what a person would call them. */
const unwanted: Readonly<Record<string, string>> = {
  'pty-req': 'terminal',
  'x11-req': 'X11',
  'auth-agent-req@openssh.com': 'agent',
  shell: 'shell',
  subsystem: 'subsystem',
}
/** Those of them after which a client waits for a program, and reads what it says. */
const programs = new Set(['shell', 'subsystem'])
const gitProtocolForm = /^[A-Za-z0-9=:._-]{1,256}$/
const maxCommandBytes = 8_192
/** Requests that are answered after that for the command, at most. */
const maxDeferred = 32
/** The code by which OpenSSH says that it was not the command that failed. */
const ownExitCode = 255

/** The connection of a client to the broker, with one channel in which one command may run. */
export class ClientConnection {
  readonly #events: ClientEvents
  readonly #transport: Transport
  readonly #authentication: ClientAuthentication
  #isLoggedIn = false
  #channel: ChannelSide | undefined
  #state: 'open' | 'wanted' | 'running' | 'over' = 'open'
  #gitProtocol: string | undefined
  #wantsReply = false
  #deferred = 0
  #hasEnded = false

  constructor(socket: Socket, { user, host }: StandIn, events: ClientEvents) {
    this.#events = events
    this.#transport = new Transport(
      socket,
      {
        ready() {},
        message: (type, payload) => this.#take(type, payload),
        drained: () => events.drained(),
        closed: (fault) => events.closed(fault),
      },
      { role: 'server', proof: { algorithms: ['ssh-ed25519'], key: host } },
    )
    this.#authentication = new ClientAuthentication(this.#transport, user)
  }

  get isLoggedIn(): boolean {
    return this.#isLoggedIn
  }

  /** Whether it tried to log in with something else than the stand-in. */
  get hasShownOther(): boolean {
    return this.#authentication.hasShownOther
  }

  /** Whether the client has said that it sends no more. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Says that the command runs, and gives the channel to whoever carries it; undefined where nobody waits for it any more. */
  run(): ChannelSide | undefined {
    if (this.#state !== 'wanted') return undefined
    this.#state = 'running'
    this.#answer()
    return this.#channel
  }

  /** Says why no command runs, and closes the channel. */
  refuse(text: string): void {
    const channel = this.#channel
    if (channel === undefined || this.#state === 'over') {
      this.end(text)
      return
    }
    const wasWanted = this.#state === 'wanted'
    this.#state = 'over'
    // A request that succeeded is one whose words are shown; of one that failed, clients only say that it did.
    if (wasWanted) this.#answer()
    const bytes = Buffer.from(`coatcheck: ${text}\n`)
    if (bytes.length <= channel.room) channel.data(bytes, true)
    channel.request('exit-status', false, uint32(ownExitCode))
    channel.eof()
    channel.close()
  }

  /** Says goodbye to all of the connection. */
  end(text: string): void {
    this.#transport.end(text === '' ? '' : `coatcheck: ${text}`)
  }

  #take(type: number, payload: Buffer): void {
    if (!this.#isLoggedIn) {
      if (!this.#authentication.take(type, payload)) return
      this.#isLoggedIn = true
      this.#transport.trust()
      this.#events.loggedIn()
      return
    }
    // RFC 4252 §5.3: further wishes to log in are not answered.
    if (type === numbers.authRequest) return
    const reader = readerOf(payload)
    if (type === numbers.globalRequest) this.#refuseGlobal(reader)
    else if (type === numbers.channelOpen) this.#open(reader)
    else this.#takeOfChannel(type, reader)
  }

  /** Forwards that a client asks for. Signs of life are answered in the same way. RFC 4254 §4. */
  #refuseGlobal(reader: WireReader): void {
    const [name, wantsReply] = [reader.text(64), reader.boolean()]
    if (/forward/.test(name)) this.#events.refused('forward', false)
    if (wantsReply) this.#transport.send(Buffer.of(numbers.globalFailure))
  }

  #open(reader: WireReader): void {
    const [kind, remote] = [reader.text(64), reader.uint32()]
    if (kind === 'session' && this.#channel === undefined) {
      this.#channel = new ChannelSide(this.#transport, readOpened(remote, reader))
      // Nothing may be sent until there is somebody to whom it is carried.
      const opened = [uint32(remote), uint32(ownChannel), uint32(0), uint32(maxData)]
      this.#transport.send(message(numbers.channelOpened, ...opened))
      return
    }
    const what = kind === 'session' ? 'second session' : 'forward'
    this.#events.refused(what, false)
    const text = `coatcheck: there is no ${what} here, only one command of git for each connection`
    this.#transport.send(message(numbers.channelOpenFailure, uint32(remote), uint32(1), string(text), string('')))
  }

  #takeOfChannel(type: number, reader: WireReader): void {
    const channel = this.#channel
    if (reader.uint32() !== ownChannel || channel === undefined) throw new SshFault('there is no such channel')
    if (type === numbers.channelRequest) {
      this.#request(channel, reader)
      return
    }
    if (type === numbers.channelEof) this.#hasEnded = true
    if (this.#state === 'running') {
      this.#events.message(type, reader)
      return
    }
    // What was on its way when the channel was closed from here.
    if (this.#state === 'over' && type !== numbers.channelClose) return
    if (type === numbers.windowAdjust) channel.widen(reader.uint32())
    else if (type === numbers.channelClose) {
      channel.close()
      this.#state = 'over'
    } else if (type !== numbers.channelEof) throw new SshFault('a message does not fit its channel')
  }

  #request(channel: ChannelSide, reader: WireReader): void {
    const [name, wantsReply] = [reader.text(64), reader.boolean()]
    if (this.#state === 'open') {
      this.#requestAtStart(channel, name, wantsReply, reader)
      return
    }
    const isDone = name === 'signal' && this.#state === 'running' && this.#events.signal(reader.text(64))
    if (!wantsReply) return
    if (this.#state !== 'wanted') {
      channel.reply(isDone)
      return
    }
    // Answers come in the order of the questions.
    this.#deferred += 1
    if (this.#deferred > maxDeferred) throw new SshFault('too many requests')
  }

  #requestAtStart(channel: ChannelSide, name: string, wantsReply: boolean, reader: WireReader): void {
    if (name === 'exec') {
      const command = reader.string()
      reader.end()
      if (command.length > maxCommandBytes) throw new SshFault('a command is too long')
      this.#state = 'wanted'
      this.#wantsReply = wantsReply
      this.#events.wanted(command.toString('latin1'), this.#gitProtocol)
      return
    }
    if (name === 'env') {
      const isTaken = this.#takeVariable(reader)
      if (wantsReply) channel.reply(isTaken)
      return
    }
    const what = Object.hasOwn(unwanted, name) ? unwanted[name] : undefined
    if (what !== undefined) this.#events.refused(what, programs.has(name))
    if (!programs.has(name)) {
      if (wantsReply) channel.reply(false)
      return
    }
    this.#state = 'wanted'
    this.#wantsReply = wantsReply
    this.refuse(`there is no ${what} here, only git: clone, fetch and push by ssh://git@HOST/REPOSITORY`)
  }

  /** SECURITY: of all variables, the one by which git says which of its protocols it speaks. */
  #takeVariable(reader: WireReader): boolean {
    const [name, value] = [reader.string().toString('latin1'), reader.string().toString('latin1')]
    reader.end()
    if (name !== 'GIT_PROTOCOL' || !gitProtocolForm.test(value)) return false
    this.#gitProtocol = value
    return true
  }

  #answer(): void {
    if (this.#wantsReply) this.#channel?.reply(true)
    for (; this.#deferred > 0; this.#deferred -= 1) this.#channel?.reply(false)
  }
}
