import type { Socket } from 'node:net'
import type { ProblemCode } from '@coatcheck/contract'
import { type PostgresLogin, readPostgresLogin } from '../../injection/postgres-login.ts'
import { isCertificateRefusal } from '../certificate-refusal.ts'
import type { ReachWish, ServedSession, SessionEnd } from '../connector.ts'
import { cutOffSoon } from '../cut-off-soon.ts'
import { ProtocolError } from '../protocol-error.ts'
import { RefusedSession } from '../refused-session.ts'
import { StatementLog } from '../session-log/statement-log.ts'
import { type LoginAttempt, withNewerValue } from '../with-newer-value.ts'
import type { ServiceKey } from './cancel-keys.ts'
import { type OpenedSession, readOpening } from './client-startup.ts'
import { failureOf, loginFailure } from './login-failure.ts'
import { MessageReader } from './message-reader.ts'
import type { GrantState } from './postgres.ts'
import { ReplyWatch } from './reply-watch.ts'
import { type ScopeOptions, scopeOptions, statementRules } from './scope-options.ts'
import { LoginDeclined, logIn } from './service-login.ts'
import { openTransport, type ServiceTransport, type TransportWay } from './service-transport.ts'
import { databaseFor, namesIdentity, sessionParameters } from './session-parameters.ts'
import { carry } from './splice.ts'
import { StatementGuard } from './statement-guard.ts'
import { authentication, fatalError, int32, message, requestCodes, startupPacket, versions } from './wire.ts'

/** For a client to log in, and then for the service to let it in, each, in milliseconds. */
const loginMs = 10_000
/** Longest message of the service before the session begins, in bytes. */
const replyLimit = 1_048_576

interface LoggedIn extends ServiceTransport {
  readonly tls: ServiceKey['tls']
  readonly reader: MessageReader
  readonly passed: readonly Buffer[]
}

/** One connection of a client, from its first byte to its last. */
export class PostgresSession {
  readonly #session: ServedSession
  readonly #state: GrantState
  readonly #scope: ScopeOptions
  readonly #limit = new AbortController()
  readonly #log: StatementLog | undefined
  #client: Socket
  #service: Socket | undefined
  #isUpstream = false
  /** Whom the service knows the session as. */
  #who: string | undefined
  #bytesSent = 0
  #bytesReceived = 0

  constructor(session: ServedSession, state: GrantState) {
    this.#session = session
    this.#state = state
    this.#scope = scopeOptions(session.setup)
    this.#log = this.#scope.logsStatements ? new StatementLog(session, 'postgres') : undefined
    this.#client = session.client
  }

  /** Serves the client until one side is gone, or the broker says that it is over. */
  async serve(): Promise<SessionEnd> {
    const { client, ending } = this.#session
    client.on('error', () => client.destroy())
    const stop = (): void => this.#stop(ending.reason as ProblemCode)
    ending.addEventListener('abort', stop, { once: true })
    if (ending.aborted) stop()
    try {
      return await this.#run()
    } catch (error) {
      const failure = failureOf(error, this.#isUpstream)
      const code = this.#limit.signal.aborted ? 'client_timeout' : failure.code
      if (!this.#client.destroyed) this.#client.end(failure.reply)
      this.#destroySoon()
      return { code, ...(failure.note === undefined ? {} : { note: failure.note }), ...this.#counts() }
    } finally {
      ending.removeEventListener('abort', stop)
      this.#log?.close()
      this.#service?.destroy()
    }
  }

  async #run(): Promise<SessionEnd> {
    const opened = await this.#within(async () => {
      const opening = await readOpening(this.#session)
      if (opening.kind === 'cancel') return opening
      this.#client = opening.socket
      const isShown = await this.#state.check.isShownBy(opening, this.#scope.clientLogin)
      // SECURITY: nothing is dialled for whoever does not show the placeholder, the real password included.
      if (!isShown) throw new RefusedSession('login_refused')
      return opening
    })
    if (opened.kind === 'cancel') return this.#cancel(opened.key)
    const { parameters } = opened
    if (parameters.has('replication') && !/^(?:off|false|no|0)$/i.test(parameters.get('replication')!)) {
      throw new RefusedSession('session_refused', 'replication')
    }
    if (namesIdentity(parameters.get('options'))) throw new RefusedSession('session_refused', 'options name a role')
    const service = await withNewerValue({ purpose: 'login' }, (wish) => this.#tryLogin(opened, wish))
    return this.#converse(opened, service)
  }

  async #tryLogin(opened: OpenedSession, wish: ReachWish): Promise<LoginAttempt<LoggedIn>> {
    const reached = await this.#session.reach(wish)
    this.#service = reached.socket
    reached.socket.on('error', () => reached.socket.destroy())
    const login = readPostgresLogin(reached.secret, this.#scope)
    reached.secret.fill(0)
    this.#isUpstream = true
    try {
      return { service: await this.#within(() => this.#login(opened, login, reached.socket)) }
    } catch (error) {
      reached.socket.destroy()
      // Only a password or a certificate can be another one by now.
      const isStale = error instanceof LoginDeclined ? /^28/.test(error.sqlState) : isCertificateRefusal(error)
      if (!isStale) throw error
      return { declined: error, version: reached.version }
    }
  }

  async #login(opened: OpenedSession, login: PostgresLogin, socket: Socket): Promise<LoggedIn> {
    const { setup, ending } = this.#session
    const database = databaseFor(opened.parameters.get('database'), login, this.#scope)
    if (database === undefined) throw new RefusedSession('session_refused', 'database')
    const tls = this.#tls(login)
    const transport = await openTransport(socket, tls, setup, ending, login.identity)
    this.#service = transport.socket
    const reader = new MessageReader(transport.socket, replyLimit)
    const version = Math.min(opened.version, versions.newest)
    transport.socket.write(
      startupPacket(version, sessionParameters(opened.parameters, login.user, database, this.#scope)),
    )
    const passed = await logIn(transport, reader, login, this.#scope.login)
    this.#who = `user: ${login.user}, database: ${database}`
    return { ...transport, tls, reader, passed }
  }

  /** SECURITY: verified, unless the scope or the operator's URL says otherwise, or the service is on this machine. */
  #tls({ clearText, identity }: PostgresLogin): TransportWay {
    const isOptional = this.#session.setup.isLocal && identity === undefined
    return this.#scope.tls ?? (clearText ? 'off' : isOptional ? 'offered' : 'verify')
  }

  /** Passes on what the service says before the session begins, and then all that both say. */
  async #converse(opened: OpenedSession, service: LoggedIn): Promise<SessionEnd> {
    const client = this.#client
    const replies = new ReplyWatch(this.#scope)
    client.write(Buffer.concat([...service.passed, message('R', int32(authentication.ok))]))
    let drop = (): void => {}
    try {
      let isReady = false
      while (!isReady) {
        const { type, body, raw } = await this.#within(() => service.reader.message())
        if (type === 'K') {
          const issued = this.#state.cancels.issue({ key: body, tls: service.tls }, opened.version > versions.oldest)
          drop = issued.drop
          client.write(message('K', issued.ours))
          continue
        }
        const fault = replies.faultOf(type, body)
        if (fault !== undefined) throw new RefusedSession('session_refused', fault)
        client.write(raw)
        isReady = type === 'Z' || type === 'E'
      }
      const fault = replies.missing()
      if (fault !== undefined) throw new RefusedSession('session_refused', fault)
      return await this.#splice(opened, service, replies)
    } finally {
      drop()
    }
  }

  async #splice(opened: OpenedSession, service: LoggedIn, replies: ReplyWatch): Promise<SessionEnd> {
    const [client, upstream] = [this.#client, service.socket]
    const { promise: over, resolve: end } = Promise.withResolvers<ProblemCode | undefined>()
    const guard = new StatementGuard(
      statementRules(this.#scope),
      (note) => this.#session.refused('statement_refused', note),
      this.#log,
    )
    const stop = (note: string): void => {
      this.#session.refused('session_refused', note)
      if (!client.destroyed)
        client.end(fatalError('57P01', 'coatcheck: the session is no longer one that the scope allows'))
      end('session_refused')
    }
    const [said, answered] = [opened.reader.detach(), service.reader.detach()]
    const sent = (count: number): void => {
      this.#bytesSent += count
    }
    const received = (count: number): void => {
      this.#bytesReceived += count
    }
    carry(
      client,
      upstream,
      (chunk) => guard.pass(chunk),
      sent,
      () => stop('a statement'),
    )
    carry(
      upstream,
      client,
      (chunk) => replies.pass(chunk),
      received,
      () => stop('its role or its server changed'),
    )
    for (const side of [client, upstream]) side.once('close', () => end(undefined))
    upstream.once('end', () => client.end())
    client.once('end', () => upstream.end())
    if (said.length > 0) client.unshift(said)
    if (answered.length > 0) upstream.unshift(answered)
    client.resume()
    upstream.resume()
    if (client.destroyed || upstream.destroyed) end(undefined)
    const code = await over
    // What the service said last may still be on its way.
    if (!client.destroyed) client.end()
    this.#destroySoon()
    return { ...(code && { code }), ...(this.#who !== undefined && { note: this.#who }), ...this.#counts() }
  }

  /** SECURITY: only for a key that was issued for this grant; the service hears of no other. */
  async #cancel(key: Buffer): Promise<SessionEnd> {
    const theirs = this.#state.cancels.find(key)
    if (theirs === undefined) throw new ProtocolError('key')
    const { socket } = await this.#session.reach({ purpose: 'cancel' })
    this.#service = socket
    this.#isUpstream = true
    socket.on('error', () => socket.destroy())
    const { setup, ending } = this.#session
    await this.#within(async () => {
      const transport = await openTransport(socket, theirs.tls, setup, ending)
      this.#service = transport.socket
      const body = Buffer.concat([int32(requestCodes.cancel), theirs.key])
      transport.socket.end(Buffer.concat([int32(body.length + 4), body]))
      transport.socket.resume()
      if (!transport.socket.destroyed)
        await new Promise<void>((resolve) => transport.socket.once('close', () => resolve()))
    })
    this.#client.end()
    this.#destroySoon()
    return this.#counts()
  }

  /** Waits for a step, and closes both sides when it takes too long. */
  async #within<Result>(step: () => Promise<Result>): Promise<Result> {
    const timer = setTimeout(() => {
      this.#limit.abort()
      this.#client.end(loginFailure('client_timeout').reply)
      this.#service?.destroy()
      this.#destroySoon()
    }, loginMs)
    try {
      return await step()
    } finally {
      clearTimeout(timer)
    }
  }

  #stop(code: ProblemCode): void {
    if (!this.#client.destroyed) this.#client.end(fatalError('57P01', `coatcheck: the session was ended (${code})`))
    this.#service?.destroy()
    this.#destroySoon()
  }

  #destroySoon(): void {
    cutOffSoon(this.#client, [this.#session.client])
  }

  #counts(): { readonly bytesSent: number; readonly bytesReceived: number } {
    return { bytesSent: this.#bytesSent, bytesReceived: this.#bytesReceived }
  }
}
