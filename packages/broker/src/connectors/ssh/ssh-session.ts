import type { ProblemCode } from '@coatcheck/contract'
import type { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { readSshLogin, type SshLogin } from '../../injection/ssh-login.ts'
import type { Reached, ServedSession, SessionEnd } from '../connector.ts'
import { Carriage } from './carriage.ts'
import type { ChannelSide } from './channel-side.ts'
import { ClientConnection } from './client-connection.ts'
import { type GitCommand, readGitCommand } from './git-command.ts'
import { type ScopeOptions, scopeOptions } from './scope-options.ts'
import { ServiceConnection, type ServiceWish } from './service-connection.ts'
import { LoginDeclined } from './service-login.ts'
import { failureOf } from './session-failure.ts'
import type { StandIn } from './stand-in.ts'

/** For a client to log in, and then for the service to run its command, each, in milliseconds. */
const loginMs = 10_000
/** For a side to close what is over, in milliseconds. */
const farewellMs = 500

/** What a session knows of how it is over. */
interface Ending {
  readonly code?: ProblemCode
  readonly note?: string
}

/** One connection of a client, from its first byte to its last. */
export class SshSession {
  readonly #session: ServedSession
  readonly #scope: ScopeOptions
  readonly #over = Promise.withResolvers<SessionEnd>()
  readonly #client: ClientConnection
  readonly #clientTimer: NodeJS.Timeout
  #service: ServiceConnection | undefined
  #serviceSocket: Reached['socket'] | undefined
  #carriage: Carriage | undefined
  #ending: Ending | undefined
  #who: string | undefined
  #isOver = false

  constructor(session: ServedSession, standIn: StandIn) {
    const { client, setup } = session
    this.#session = session
    this.#scope = scopeOptions(setup)
    client.on('error', () => client.destroy())
    this.#clientTimer = setTimeout(() => this.#stop('client_timeout', 'the login took too long'), loginMs)
    this.#client = new ClientConnection(client, standIn, {
      loggedIn: () => clearTimeout(this.#clientTimer),
      wanted: (command, gitProtocol) => this.#judge(command, gitProtocol),
      refused: (what, isAll) => {
        if (isAll) this.#ending = { code: 'session_refused', note: what }
        else session.refused('session_refused', what)
      },
      message: (type, reader) => this.#carriage?.fromClient(type, reader),
      signal: (name) => this.#carriage?.signal(name) === true,
      drained: () => this.#carriage?.balance(),
      closed: (fault) => this.#clientGone(fault),
    })
  }

  /** Serves the client until one side is gone, or the broker says that it is over. */
  async serve(): Promise<SessionEnd> {
    const { ending } = this.#session
    const stop = (): void => {
      const code = ending.reason as ProblemCode
      this.#stop(code, `the session was ended (${code})`)
    }
    ending.addEventListener('abort', stop, { once: true })
    if (ending.aborted) stop()
    try {
      return await this.#over.promise
    } finally {
      ending.removeEventListener('abort', stop)
    }
  }

  /** SECURITY: a command is judged as a whole, before anything is dialled for it. */
  #judge(text: string, gitProtocol: string | undefined): void {
    const command = readGitCommand(text)
    const fault =
      command === undefined
        ? 'only git-upload-pack, git-receive-pack and git-upload-archive run here'
        : this.#scope.faultOf(command)
    if (command === undefined || fault !== undefined) {
      const note = command === undefined ? 'another command' : `${command.verb} ${command.repository}: ${fault}`
      this.#refuse({ code: 'statement_refused', note }, `refused: ${fault}`)
      return
    }
    void this.#run(command, gitProtocol)
  }

  async #run(command: GitCommand, gitProtocol: string | undefined): Promise<void> {
    let isLate = false
    const timed = async (opened: Promise<void>): Promise<void> => {
      const timer = setTimeout(() => {
        isLate = true
        this.#serviceSocket?.destroy()
      }, loginMs)
      return opened.finally(() => clearTimeout(timer))
    }
    try {
      await this.#logIn(command, gitProtocol, timed)
    } catch (error) {
      const { code, note, text } = failureOf(error, isLate)
      this.#serviceSocket?.destroy()
      this.#refuse({ code, ...(note === undefined ? {} : { note }) }, text)
    }
  }

  #refuse(ending: Ending, text: string): void {
    this.#ending = ending
    this.#client.refuse(text)
    this.#leave()
  }

  /** The command runs: what it says is carried from now on. */
  #carry(service: ServiceConnection, channel: ChannelSide, { verb, repository }: GitCommand): void {
    this.#who = `user: ${this.#scope.user}, ${verb} ${repository}`
    const client = this.#client.run()
    if (client === undefined) {
      service.end()
      return
    }
    this.#carriage = new Carriage(client, channel)
    if (this.#client.hasEnded) channel.eof()
    this.#carriage.balance()
  }

  /** Logs in to the service; once more, where it declined a key that is no longer the present one. */
  async #logIn(
    command: GitCommand,
    gitProtocol: string | undefined,
    timed: (opened: Promise<void>) => Promise<void>,
  ): Promise<void> {
    const reached = await this.#session.reach({ purpose: 'login' })
    const connect = ({ socket, secret }: Reached): Promise<void> => {
      const login = loginOf(secret)
      const { user, pins } = this.#scope
      return timed(this.#connect(socket, { user, pins, login, command, gitProtocol }))
    }
    try {
      return await connect(reached)
    } catch (error) {
      reached.socket.destroy()
      if (!(error instanceof LoginDeclined)) throw error
    }
    await connect(await this.#session.reach({ purpose: 'login', declined: reached.version }))
  }

  #connect(socket: Reached['socket'], wish: ServiceWish): Promise<void> {
    socket.on('error', () => socket.destroy())
    socket.setNoDelay(true)
    this.#serviceSocket = socket
    const service = new ServiceConnection(socket, wish, {
      started: (channel) => this.#carry(service, channel, wish.command),
      message: (type, reader) => {
        if (this.#carriage?.fromService(type, reader) === true) this.#commandOver(service)
      },
      drained: () => this.#carriage?.balance(),
      closed: () => {
        if (this.#service === service) this.#serviceGone()
      },
    })
    this.#service = service
    if (this.#isOver) socket.destroy()
    return service.opened()
  }

  /** Both sides know how the command ended; the client closes the connection, or is helped to. */
  #commandOver(service: ServiceConnection): void {
    this.#service = undefined
    service.end()
    this.#leave()
  }

  #serviceGone(): void {
    this.#service = undefined
    if (this.#carriage === undefined || this.#isOver) return
    this.#ending ??= { code: 'upstream_unreachable' }
    this.#client.refuse('the service ended the connection')
    this.#leave()
  }

  /** Closes the connection once all is written: clients that see it closed before they do so themselves take that for a failure. */
  #leave(): void {
    const { client } = this.#session
    const look = (): void => {
      if (this.#isOver) return
      if (client.writableLength > 0) return void setTimeout(look, farewellMs).unref()
      client.end()
      this.#finish()
    }
    setTimeout(look, farewellMs).unref()
  }

  #clientGone(fault: SshFault | undefined): void {
    const isLoggedIn = this.#client.isLoggedIn
    if (fault !== undefined) this.#ending ??= { code: 'request_malformed', note: fault.message }
    else if (this.#client.hasShownOther && !isLoggedIn) this.#ending ??= { code: 'login_refused' }
    else if (!isLoggedIn) this.#ending ??= { code: 'client_disconnected' }
    this.#finish()
  }

  /** SECURITY: whatever the client does about it, it is over. */
  #stop(code: ProblemCode, text: string): void {
    this.#ending = { code }
    this.#client.end(text)
    this.#finish()
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#clientTimer)
    this.#serviceSocket?.destroy()
    const { client } = this.#session
    // What was said last may still be on its way.
    if (!client.destroyed) setTimeout(() => client.destroy(), farewellMs).unref()
    const note = [this.#ending?.note, this.#who].filter((words) => words !== undefined).join(', ')
    const { bytesSent = 0, bytesReceived = 0 } = this.#carriage ?? {}
    const code = this.#ending?.code
    this.#over.resolve({ ...(code && { code }), ...(note !== '' && { note }), bytesSent, bytesReceived })
  }
}

/** What to log in with. SECURITY: its text is overwritten at once. @throws CoatcheckError `secret_unusable` */
function loginOf(secret: Buffer): SshLogin {
  try {
    return readSshLogin(secret)
  } finally {
    secret.fill(0)
  }
}
