import type { Socket } from 'node:net'
import type { ProblemCode } from '@coatcheck/contract'
import { type MysqlLogin, readMysqlLogin } from '../../injection/mysql-login.ts'
import { isCertificateRefusal } from '../certificate-refusal.ts'
import type { Login, ServedSession, SessionEnd } from '../connector.ts'
import { cutOffSoon } from '../cut-off-soon.ts'
import { ProtocolError } from '../protocol-error.ts'
import { RefusedSession } from '../refused-session.ts'
import { StatementLog } from '../session-log/statement-log.ts'
import { abandonGreeting } from './abandon-greeting.ts'
import { capability, furtherCapabilities, serviceCapabilities } from './capabilities.ts'
import { carry } from './carry.ts'
import { type ChangeUser, readChangeUser, writeChangeUser } from './change-user.ts'
import { admit, askAnew, newNonce } from './client-login.ts'
import { type OpenedClient, openClient } from './client-opening.ts'
import { CommandWalk } from './command-walk.ts'
import { statementCommand } from './commands.ts'
import { type Greeting, ownGreeting, readGreeting } from './greeting.ts'
import { handshakeResponse } from './handshake-response.ts'
import { errorBody, failureOf, loginFailure } from './login-failure.ts'
import type { GrantState } from './mysql.ts'
import { databaseFor } from './mysql-variables.ts'
import { okWithoutText } from './ok-packet.ts'
import { PacketLink, packet } from './packet-link.ts'
import { type ScopeOptions, scopeOptions } from './scope-options.ts'
import { firstAnswer, logIn } from './service-login.ts'
import { ServiceRefusal } from './service-refusal.ts'
import { openTransport, replyLimit, type ServiceTransport, type TransportWay } from './service-transport.ts'

/** For a client to log in, in milliseconds: less than the ten seconds after which services give up, so that they hear of it. */
const clientMs = 8_000
/** For the service to let the broker in, in milliseconds. */
const serviceMs = 10_000
/** Longest packet of a client before its session begins, in bytes. */
const clientLimit = 10_000

/** A service that has spoken. */
interface Greeted {
  readonly link: PacketLink
  readonly greeting: Greeting
}

/** A session that both sides are in. */
interface Joined {
  readonly opened: OpenedClient
  readonly service: ServiceTransport
  readonly capabilities: number
}

/** One connection of a client, from its first byte to its last. */
export class MysqlSession {
  readonly #session: ServedSession
  readonly #state: GrantState
  readonly #scope: ScopeOptions
  readonly #limit = new AbortController()
  readonly #counts = { sent: 0, received: 0 }
  readonly #log: StatementLog | undefined
  /** What the client is spoken to by while it logs in; undefined while a session goes on. */
  #clientLink: PacketLink
  #service: Socket | undefined
  /** A service that has spoken and that nobody has answered. */
  #unanswered: Greeted | undefined
  #isUpstream = true
  /** Whom the service knows the session as. */
  #who: string | undefined

  constructor(session: ServedSession, state: GrantState) {
    this.#session = session
    this.#state = state
    this.#scope = scopeOptions(session.setup)
    this.#log = this.#scope.logsStatements ? new StatementLog(session, 'mysql') : undefined
    this.#clientLink = new PacketLink(session.client, clientLimit)
  }

  /** Serves the client until one side is gone, or the broker says that it is over. */
  async serve(): Promise<SessionEnd> {
    const { client, ending } = this.#session
    client.on('error', () => client.destroy())
    const stop = (): void => this.#stop()
    ending.addEventListener('abort', stop, { once: true })
    if (ending.aborted) stop()
    try {
      return this.#ended(await this.#run())
    } catch (error) {
      const failure = failureOf(error, this.#isUpstream)
      const { code, note, reply } = this.#limit.signal.aborted ? loginFailure('client_timeout') : failure
      const { socket, sequence } = this.#clientLink
      if (!socket.destroyed) socket.end(packet(sequence, errorBody(reply, sequence === 0)))
      this.#destroySoon()
      return this.#ended(code, note)
    } finally {
      ending.removeEventListener('abort', stop)
      this.#log?.close()
      const [left, service] = [this.#unanswered, this.#service]
      if (left !== undefined && service?.destroyed === false) void abandonGreeting(left.link, left.greeting)
      else service?.destroy()
    }
  }

  async #run(): Promise<ProblemCode | undefined> {
    const greeted = await this.#within(serviceMs, () => this.#hear())
    this.#isUpstream = false
    const opened = await this.#within(clientMs, () => this.#admitClient(greeted.greeting))
    const { joined, ok, threadId } = await this.#join(opened, greeted)
    const drop = this.#state.threads.add(greeted.greeting.threadId, threadId)
    try {
      admit(opened.link, opened.shownBy, ok)
      return await this.#converse(joined)
    } finally {
      drop()
    }
  }

  /**
   * What the service says before anybody has said anything. SECURITY: it is dialled before the placeholder was shown, since the number of
   * the session and what both sides know stand in the greeting; the secret is asked for only after that, and no byte goes to the service.
   */
  async #hear(): Promise<Greeted> {
    const { socket } = await this.#session.reach({ purpose: 'greeting' })
    return this.#greet(socket)
  }

  async #greet(socket: Socket): Promise<Greeted> {
    this.#service = socket
    socket.on('error', () => socket.destroy())
    socket.setNoDelay(true)
    const link = new PacketLink(socket, replyLimit)
    const greeted = { link, greeting: readGreeting(await link.read()) }
    this.#unanswered = greeted
    return greeted
  }

  async #admitClient(greeting: Greeting): Promise<OpenedClient & { readonly shownBy: string }> {
    const { leaf } = this.#session
    const nonce = newNonce()
    this.#clientLink.write(ownGreeting(greeting, nonce, leaf !== undefined, this.#scope.isReadOnly))
    const opened = await openClient(this.#clientLink, leaf, clientLimit)
    this.#clientLink = opened.link
    const shownBy = await this.#state.check.isShownBy(opened.link, opened.response, nonce)
    // SECURITY: no secret is asked for on behalf of whoever does not show the placeholder, the real password included.
    if (shownBy === undefined) throw new RefusedSession('login_refused')
    return { ...opened, shownBy }
  }

  /** Logs in to the service; once more, on another connection, where it declined a value that is no longer the present one. */
  async #join(opened: OpenedClient, greeted: Greeted) {
    const login = await this.#session.login()
    try {
      return await this.#tryJoin(opened, greeted, login)
    } catch (error) {
      this.#service?.destroy()
      const isStale = error instanceof ServiceRefusal ? error.isAboutPassword : isCertificateRefusal(error)
      if (!isStale) throw error
      const next = await this.#session.reach({ purpose: 'login', declined: login.version }).catch(() => {
        throw error
      })
      const again = await this.#within(serviceMs, () => this.#greet(next.socket))
      return this.#tryJoin(opened, again, next)
    }
  }

  async #tryJoin(opened: OpenedClient, greeted: Greeted, secret: Login) {
    const login = this.#read(secret)
    this.#isUpstream = true
    const { service, capabilities, ok } = await this.#within(serviceMs, () => this.#logIn(opened, greeted, login))
    return { joined: { opened, service, capabilities }, ok, threadId: greeted.greeting.threadId }
  }

  #read({ secret }: Login): MysqlLogin {
    try {
      return readMysqlLogin(secret, this.#scope)
    } finally {
      secret.fill(0)
    }
  }

  async #logIn({ response }: OpenedClient, { link, greeting }: Greeted, login: MysqlLogin) {
    const { setup, ending } = this.#session
    const database = databaseFor(response.database, login.database)
    const common = serviceCapabilities(response.capabilities, greeting.capabilities, this.#scope.isReadOnly)
    const hasTls = (greeting.capabilities & capability.tls) !== 0
    const capabilities = (common | (database === '' ? 0 : capability.database)) >>> 0
    const head = { ...response, capabilities, reserved: furtherCapabilities(response.reserved, greeting.reserved) }
    const opening = openTransport(link, this.#tls(login), head, hasTls, setup, ending, login.identity)
    // From here on the service has something to answer, or is in a handshake that ends with it.
    this.#unanswered = undefined
    const service = await opening
    this.#service = service.link.socket
    const password = Buffer.from(login.password)
    const first = firstAnswer(greeting, password, this.#scope)
    const told = (capabilities | (service.isSecure ? capability.tls : 0)) >>> 0
    service.link.write(handshakeResponse({ ...head, ...first, database, capabilities: told }, login.user))
    const ok = await this.#begin(service, first, password, common)
    this.#who = `user: ${login.user}${database === '' ? '' : `, database: ${database}`}`
    return { service, capabilities: common, ok }
  }

  /** Goes on with a login up to its end. @returns what a client is told */
  async #begin(
    service: ServiceTransport,
    asked: Parameters<typeof logIn>[1],
    password: Buffer,
    capabilities: number,
  ): Promise<Buffer> {
    const ok = await logIn(service, asked, password, this.#scope)
    password.fill(0)
    if (this.#scope.isReadOnly) await this.#setReadOnly(service.link, capabilities)
    return okWithoutText(ok, capabilities)
  }

  async #setReadOnly(link: PacketLink, capabilities: number): Promise<void> {
    const attributes = (capabilities & capability.queryAttributes) === 0 ? Buffer.alloc(0) : Buffer.of(0, 1)
    link.restart()
    link.write(Buffer.of(statementCommand), attributes, Buffer.from('set session transaction read only'))
    if ((await link.read())[0] !== 0x00) throw new ProtocolError('read-only')
  }

  /** SECURITY: verified, unless the scope or the operator's URL says otherwise, or the service is on this machine. */
  #tls({ clearText, identity }: MysqlLogin): TransportWay {
    const isOptional = this.#session.setup.isLocal && identity === undefined
    return this.#scope.tls ?? (clearText ? 'off' : isOptional ? 'offered' : 'verify')
  }

  /** Carries all that both say, and steps in where the client logs in anew. */
  async #converse({ opened, service, capabilities }: Joined): Promise<ProblemCode | undefined> {
    const [client, upstream] = [opened.link.socket, service.link.socket]
    const refused = (note: string): void => this.#session.refused('statement_refused', note)
    const walk = new CommandWalk({
      ...this.#scope,
      hasAttributes: (capabilities & capability.queryAttributes) !== 0,
      threadOf: (id) => this.#state.threads.find(id),
      refused,
      log: this.#log,
    })
    let [clientLink, serviceLink] = [opened.link, service.link]
    for (;;) {
      const [said, answered] = [clientLink.detach(), serviceLink.detach()]
      if (said.length > 0) client.unshift(said)
      if (answered.length > 0) upstream.unshift(answered)
      const end = await carry(client, upstream, walk, this.#counts)
      if (end.kind !== 'changeUser') {
        this.#destroySoon()
        return end.kind === 'broken' ? 'request_malformed' : undefined
      }
      client.unshift(end.said)
      clientLink = new PacketLink(client, clientLimit)
      serviceLink = new PacketLink(upstream, replyLimit)
      this.#clientLink = clientLink
      await this.#within(serviceMs, () => this.#beginAnew({ ...service, link: serviceLink }, capabilities, opened))
    }
  }

  async #beginAnew(service: ServiceTransport, capabilities: number, { response }: OpenedClient): Promise<void> {
    const link = this.#clientLink
    this.#isUpstream = false
    const wish: ChangeUser = await readChangeUser(link, response.capabilities)
    const nonce = newNonce()
    const asked = wish.plugin === 'mysql_native_password' ? wish.plugin : 'caching_sha2_password'
    const shown = await askAnew(link, asked, nonce)
    // SECURITY: the service never hears of another user, or of a guess.
    if (!this.#state.check.fits(shown, nonce)) throw new RefusedSession('login_refused')
    const login = this.#read(await this.#session.login())
    this.#isUpstream = true
    const database = databaseFor(wish.database, login.database)
    writeChangeUser(service.link, wish, login.user, database, capabilities)
    const ok = await this.#begin(service, undefined, Buffer.from(login.password), capabilities)
    admit(link, asked, ok)
  }

  /** Waits for a step, and closes both sides when it takes too long. */
  async #within<Result>(limitMs: number, step: () => Promise<Result>): Promise<Result> {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      this.#limit.abort()
      reject(new ProtocolError('time'))
    }, limitMs)
    try {
      return await Promise.race([step(), promise])
    } finally {
      clearTimeout(timer)
    }
  }

  #stop(): void {
    this.#session.client.destroy()
    this.#clientLink.socket.destroy()
    if (this.#unanswered === undefined) this.#service?.destroy()
  }

  /** What was said last may still be on its way. */
  #destroySoon(): void {
    const client = this.#clientLink.socket
    if (!client.destroyed) client.end()
    cutOffSoon(client, [this.#session.client])
  }

  #ended(code?: ProblemCode, note: string | undefined = this.#who): SessionEnd {
    const { sent, received } = this.#counts
    return { ...(code && { code }), ...(note && { note }), bytesSent: sent, bytesReceived: received }
  }
}
