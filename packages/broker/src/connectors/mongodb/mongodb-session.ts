import type { Socket } from 'node:net'
import type { MongodbLogin } from '../../injection/mongodb-login.ts'
import { readMongodbLogin } from '../../injection/mongodb-login.ts'
import { isCertificateRefusal } from '../certificate-refusal.ts'
import type { ReachWish, ServedSession, SessionEnd } from '../connector.ts'
import { cutOffSoon } from '../cut-off-soon.ts'
import { CommandTally } from '../session-log/command-tally.ts'
import { type LoginAttempt, withNewerValue } from '../with-newer-value.ts'
import { ClientOpening, openingMs, PlaceholderMissing } from './client-opening.ts'
import { openClient } from './client-transport.ts'
import type { CommandRules } from './command-rules.ts'
import { converse } from './conversation.ts'
import { Deadline } from './deadline.ts'
import { failureOf, loginFailure } from './login-failure.ts'
import { MessageReader } from './message-reader.ts'
import { type ScopeOptions, scopeOptions } from './scope-options.ts'
import type { GrantState } from './serve-mongodb.ts'
import { LoginDeclined, logIn } from './service-login.ts'
import type { ServiceState } from './service-state.ts'
import { placesOf } from './service-topology.ts'
import { openTransport } from './service-transport.ts'

/** For the service to let the broker in, in milliseconds. */
const loginMs = 10_000
/** Longest message of the service before the session begins, in bytes. */
const replyLimit = 1_048_576
/** What a service says of a password that is not the one of its user. */
const authenticationFailed = 18

interface LoggedIn {
  readonly socket: Socket
  readonly reader: MessageReader
  readonly login: Pick<MongodbLogin, 'user' | 'database'>
}

/** One connection of a client, from its first byte to its last. */
export class MongodbSession {
  readonly #session: ServedSession
  readonly #state: GrantState
  readonly #scope: ScopeOptions
  readonly #tally: CommandTally | undefined
  readonly #deadline = new Deadline(() => this.#tooLate())
  #opening: ClientOpening | undefined
  #client: Socket
  #service: Socket | undefined
  #isUpstream = false
  #bytesSent = 0
  #bytesReceived = 0

  constructor(session: ServedSession, state: GrantState) {
    this.#session = session
    this.#state = state
    this.#scope = scopeOptions(session.setup)
    this.#tally = this.#scope.log === 'commands' ? new CommandTally(session) : undefined
    this.#client = session.client
  }

  /** Serves the client until one side is gone, or the broker says that it is over. */
  async serve(): Promise<SessionEnd> {
    const { client, ending } = this.#session
    client.on('error', () => client.destroy())
    const stop = (): void => {
      // The protocol has no word for it.
      this.#client.destroy()
      this.#service?.destroy()
      client.destroy()
    }
    ending.addEventListener('abort', stop, { once: true })
    if (ending.aborted) stop()
    try {
      return await this.#run()
    } catch (error) {
      return this.#refuse(error)
    } finally {
      this.#deadline.clear()
      ending.removeEventListener('abort', stop)
      this.#tally?.close()
      this.#state.topology.leave(this.#session)
      this.#service?.destroy()
      this.#destroySoon()
    }
  }

  async #run(): Promise<SessionEnd> {
    this.#deadline.set(openingMs)
    const client = await openClient(this.#session)
    this.#client = client.socket
    const opening = new ClientOpening(client, {
      check: this.#state.check,
      address: this.#session.setup.address,
      deadline: this.#deadline,
      state: () => this.#askState(),
    })
    this.#opening = opening
    const proof = await opening.shown()
    this.#deadline.clear()
    const service = await this.#logIn(opening.metadata)
    this.#deadline.set(openingMs)
    this.#isUpstream = false
    await opening.done(proof)
    this.#deadline.clear()
    const { user, database } = service.login
    const code = await converse({
      session: this.#session,
      topology: this.#state.topology,
      rules: this.#rules(service.login),
      called: this.#tally && ((name) => this.#tally?.add(name)),
      client,
      service,
      sent: (bytes) => {
        this.#bytesSent += bytes
      },
      received: (bytes) => {
        this.#bytesReceived += bytes
      },
    })
    if (!this.#client.destroyed) this.#client.end()
    const note = `user: ${user}${database === null ? '' : `, database: ${database}`}`
    return { ...(code && { code }), note, ...this.#counts() }
  }

  async #askState(): Promise<ServiceState> {
    this.#isUpstream = true
    const state = await this.#state.topology.state(this.#session)
    this.#isUpstream = false
    return state
  }

  async #logIn(metadata: unknown): Promise<LoggedIn> {
    const { topology } = this.#state
    // Which of several places is the primary may never have been asked.
    if (placesOf(this.#session).length > 1) await this.#askState()
    const wish = { purpose: 'login', place: topology.place } as const
    return withNewerValue(wish, (each) => this.#tryLogin(metadata, each))
  }

  async #tryLogin(metadata: unknown, wish: ReachWish): Promise<LoginAttempt<LoggedIn>> {
    const { socket, secret, version } = await this.#session.reach(wish)
    this.#service = socket
    socket.on('error', () => socket.destroy())
    const login = readMongodbLogin(secret, this.#scope)
    secret.fill(0)
    this.#isUpstream = true
    this.#deadline.set(loginMs)
    try {
      const place = placesOf(this.#session)[wish.place ?? 0]!
      const secure = await openTransport(socket, this.#scope, place, this.#session.ending, login)
      this.#service = secure
      const reader = new MessageReader(secure, replyLimit)
      const state = await logIn({ socket: secure, reader }, login, metadata, this.#scope.login)
      this.#state.topology.learn(state)
      return { service: { socket: secure, reader, login } }
    } catch (error) {
      socket.destroy()
      // Only a password or a certificate can be another one by now.
      const isStale =
        error instanceof LoginDeclined ? error.errorCode === authenticationFailed : isCertificateRefusal(error)
      if (!isStale) throw error
      return { declined: error, version }
    } finally {
      this.#deadline.clear()
    }
  }

  #rules({ database }: Pick<MongodbLogin, 'database'>): CommandRules {
    const named = [...(database === null ? [] : [database]), ...this.#scope.databases]
    return {
      databases: named.length === 0 ? undefined : new Set(named),
      isReadOnly: this.#scope.access === 'read-only',
    }
  }

  #refuse(error: unknown): SessionEnd {
    // Who only watched, and left, was refused nothing.
    if (this.#opening?.isWatcher === true && this.#client.readableEnded) {
      this.#client.end()
      return { note: 'no login', ...this.#counts() }
    }
    const known =
      error instanceof PlaceholderMissing ? loginFailure('login_refused') : failureOf(error, this.#isUpstream)
    const { code, note, document } = this.#deadline.isOver ? loginFailure('client_timeout') : known
    if (this.#opening === undefined) this.#client.end()
    else this.#opening.refuse(document)
    return { code, ...(note === undefined ? {} : { note }), ...this.#counts() }
  }

  #tooLate(): void {
    this.#opening?.refuse(loginFailure('client_timeout').document)
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
