import type { Socket } from 'node:net'
import type { ProblemCode } from '@coatcheck/contract'
import { type RedisLogin, readRedisLogin } from '../../injection/redis-login.ts'
import { isCertificateRefusal } from '../certificate-refusal.ts'
import type { ReachWish, ServedSession, SessionEnd } from '../connector.ts'
import { cutOffSoon } from '../cut-off-soon.ts'
import { secureService } from '../secure-service.ts'
import { CommandTally } from '../session-log/command-tally.ts'
import { type LoginAttempt, withNewerValue } from '../with-newer-value.ts'
import { awaitLogin, type ClientLogin } from './client-login.ts'
import { failure, failureOf, type LoginFailure } from './login-failure.ts'
import { openClient } from './open-client.ts'
import type { GrantState } from './redis.ts'
import { RefusalNotes } from './refusal-notes.ts'
import { ReplyWalker } from './reply-walker.ts'
import { request } from './request.ts'
import { RequestWalker } from './request-walker.ts'
import { type LoggedIn, LoginDeclined, logIn } from './service-login.ts'
import { type SpliceEnd, splice } from './splice.ts'

/** For a client to log in, and then for the service to let it in, each, in milliseconds. */
const loginMs = 10_000
/** For a client to take what the service said last, in milliseconds. */
const endedMs = 5_000

const faults: Partial<Record<SpliceEnd, ProblemCode>> = {
  malformed: 'request_malformed',
  garbled: 'upstream_malformed',
}

interface Service extends LoggedIn {
  readonly socket: Socket
}

/** One connection of a client, from its first byte to its last. */
export class RedisSession {
  readonly #session: ServedSession
  readonly #state: GrantState
  readonly #notes: RefusalNotes
  readonly #tally: CommandTally | undefined
  /** Set when a step took too long. */
  #late: LoginFailure | undefined
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
    this.#client = session.client
    const tally = state.scope.log === 'commands' ? new CommandTally(session) : undefined
    this.#tally = tally
    this.#notes = new RefusalNotes(session, tally && ((name) => tally.add(name)))
  }

  /** Serves the client until one side is gone, or the broker says that it is over. */
  async serve(): Promise<SessionEnd> {
    const { client, ending } = this.#session
    client.allowHalfOpen = true
    client.on('error', () => client.destroy())
    // SECURITY: without a word: between the pieces of a reply, it would be read as a part of that.
    const stop = (): void => this.#destroy()
    ending.addEventListener('abort', stop, { once: true })
    if (ending.aborted) stop()
    try {
      return this.#ended(await this.#run())
    } catch (error) {
      const { code, note, reply } = this.#late ?? failureOf(error, this.#isUpstream)
      if (!this.#client.writableEnded) this.#client.end(reply ?? '')
      this.#destroySoon()
      return { code, ...(note !== undefined && { note }), ...this.#counts() }
    } finally {
      ending.removeEventListener('abort', stop)
      this.#tally?.close()
      this.#service?.destroy()
    }
  }

  async #run(): Promise<SpliceEnd> {
    const { check, rules } = this.#state
    for (let isOpen = false; ; isOpen = true) {
      // SECURITY: nothing is dialled for whoever does not show the placeholder, the real password included.
      const login = await this.#within(async () => {
        if (!isOpen) this.#client = await openClient(this.#session)
        return awaitLogin(this.#client, check)
      })
      const service = await withNewerValue({ purpose: 'login' }, (wish) => this.#tryLogin(wish))
      const walker = new RequestWalker(rules, check, this.#notes)
      const end = await this.#splice(login, service, walker)
      if (end !== 'reset') return end
      // What a client says after it gave its login up is read as before the first one.
      service.socket.destroy()
      this.#isUpstream = false
      if (walker.rest.length > 0) this.#client.unshift(walker.rest)
    }
  }

  #splice(
    { hello, rest }: ClientLogin,
    { socket: service, isAlone }: Service,
    walker: RequestWalker,
  ): Promise<SpliceEnd> {
    const client = this.#client
    if (hello === undefined) client.write('+OK\r\n')
    else service.write(request(...hello))
    if (rest.length > 0) client.unshift(rest)
    return splice({
      client,
      service,
      walker,
      // A server that is alone redirects nobody, and its replies go on unread.
      replies: isAlone ? undefined : new ReplyWalker(),
      sent: (bytes) => {
        this.#bytesSent += bytes
      },
      received: (bytes) => {
        this.#bytesReceived += bytes
      },
    })
  }

  async #tryLogin(wish: ReachWish): Promise<LoginAttempt<Service>> {
    const { socket, secret, version } = await this.#session.reach(wish)
    socket.on('error', () => socket.destroy())
    socket.allowHalfOpen = true
    this.#service = socket
    const { scope } = this.#state
    const login = readRedisLogin(secret, scope)
    secret.fill(0)
    this.#isUpstream = true
    try {
      const service = await this.#within(() => this.#introduce(socket, login))
      this.#who = [login.user && `user: ${login.user}`, login.database !== null && `database: ${login.database}`]
        .filter(Boolean)
        .join(', ')
      return { service }
    } catch (error) {
      socket.destroy()
      // Only a password or a certificate can be another one by now.
      const isStale = error instanceof LoginDeclined ? error.isForPassword : isCertificateRefusal(error)
      if (!isStale) throw error
      return { declined: error, version }
    }
  }

  async #introduce(socket: Socket, login: RedisLogin): Promise<Service> {
    const { setup, ending } = this.#session
    const { tls } = this.#state.scope
    const asksForTls = login.asksForTls || login.identity !== undefined
    // SECURITY: verified, unless the scope says otherwise, or the service is on this machine and nothing asks for it.
    const isClear = tls === undefined ? setup.isLocal && !asksForTls : tls === 'off'
    const service = isClear ? socket : await secureService(socket, setup, ending, login.identity)
    this.#service = service
    return { socket: service, ...(await logIn(service, login)) }
  }

  #ended(end: SpliceEnd): SessionEnd {
    // What the service said last may still be on its way.
    if (!this.#client.writableEnded) this.#client.end()
    this.#destroySoon(endedMs)
    const code = faults[end]
    return { ...(code && { code }), ...(this.#who && { note: this.#who }), ...this.#counts() }
  }

  /** Waits for a step, and closes both sides when it takes too long. */
  async #within<Result>(step: () => Promise<Result>): Promise<Result> {
    const timer = setTimeout(() => {
      this.#late = failure(this.#isUpstream ? 'upstream_timeout' : 'client_timeout')
      this.#client.end(this.#late.reply ?? '')
      this.#service?.destroy()
      this.#destroySoon()
    }, loginMs)
    try {
      return await step()
    } finally {
      clearTimeout(timer)
    }
  }

  #destroy(): void {
    this.#service?.destroy()
    this.#client.destroy()
    this.#session.client.destroy()
  }

  #destroySoon(afterMs?: number): void {
    cutOffSoon(this.#client, [this.#service, this.#session.client], afterMs)
  }

  #counts(): Pick<SessionEnd, 'bytesSent' | 'bytesReceived'> {
    return { bytesSent: this.#bytesSent, bytesReceived: this.#bytesReceived }
  }
}
