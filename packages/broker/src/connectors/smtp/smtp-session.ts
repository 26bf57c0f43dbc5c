import type { Socket } from 'node:net'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { readSmtpLogin, type SmtpLogin } from '../../injection/smtp-login.ts'
import { isCertificateRefusal } from '../certificate-refusal.ts'
import type { ReachWish, ServedSession, SessionEnd } from '../connector.ts'
import { cutOffSoon } from '../cut-off-soon.ts'
import { ProtocolError } from '../protocol-error.ts'
import { secureClient } from '../secure-client.ts'
import { type LoginAttempt, withNewerValue } from '../with-newer-value.ts'
import { askPlaceholder, type Shown } from './client-auth.ts'
import { helloReply, ownName } from './hello-reply.ts'
import { LineReader } from './line-reader.ts'
import { failureOf, type SessionFailure, type SessionStage, sessionFailure } from './login-failure.ts'
import { MailRelay, type RelayTally } from './mail-relay.ts'
import { LoginDeclined, type MailService, openService, type TransportWay } from './mail-service.ts'
import { ownReply, type Reply, written } from './reply.ts'
import { type ScopeOptions, scopeOptions } from './scope-options.ts'
import { logIn } from './service-login.ts'

/** For a client to log in, and then for the service to let it in, each, in milliseconds. */
const loginMs = 10_000
/** What a client may say before it has logged in, in bytes. */
const loginBytes = 10_000
/** Longest line of a client, in bytes. */
const lineLimit = 4_096
/** Wrong passwords until the connection ends. */
const maxGuesses = 3
/** The port on which TLS begins with the first byte (RFC 8314). */
const implicitPort = 465

const answers: Readonly<Record<Exclude<Shown, 'placeholder'>, Reply>> = {
  other: ownReply(535, 'the password is not the placeholder of this sandbox', '5.7.8'),
  cancelled: ownReply(501, 'taken back', '5.7.0'),
  malformed: ownReply(501, 'this cannot be read', '5.5.2'),
  unknown: ownReply(504, 'a mechanism that was not offered', '5.5.4'),
}

/** One connection of a client, from its first byte to its last. */
export class SmtpSession {
  readonly #session: ServedSession
  readonly #scope: ScopeOptions
  #client: Socket
  #reader: LineReader
  #service: Socket | undefined
  #stage: SessionStage = 'client'
  #isLate = false
  #guesses = 0
  /** Whom the service knows the session as. */
  #who: string | undefined
  #tally: RelayTally | undefined

  constructor(session: ServedSession) {
    this.#session = session
    this.#scope = scopeOptions(session.setup)
    this.#client = session.client
    this.#reader = new LineReader(session.client, lineLimit)
  }

  /** Serves the client until one side is gone, or the broker says that it is over. */
  async serve(): Promise<SessionEnd> {
    const { client, ending } = this.#session
    client.on('error', () => client.destroy())
    // What was said behind the last command is still answered.
    client.allowHalfOpen = true
    const stop = (): void => this.#stop(ending.reason as ProblemCode)
    ending.addEventListener('abort', stop, { once: true })
    if (ending.aborted) stop()
    try {
      await this.#run()
      return this.#end({})
    } catch (error) {
      const failure = this.#isLate ? sessionFailure('client_timeout', 'client') : failureOf(error, this.#stage)
      if (!this.#client.destroyed && this.#client.writable) this.#client.end(written(failure.reply))
      this.#service?.destroy()
      return this.#end(failure)
    } finally {
      ending.removeEventListener('abort', stop)
      this.#destroySoon()
    }
  }

  async #run(): Promise<void> {
    this.#client.write(written(ownReply(220, `${ownName} ESMTP`)))
    const isShown = await this.#within(() => this.#greet())
    if (!isShown) return
    this.#stage = 'login'
    const service = await withNewerValue({ purpose: 'login' }, (wish) => this.#tryLogin(wish))
    this.#stage = 'session'
    const sides = { client: this.#client, reader: this.#reader, service }
    const relay = new MailRelay({ ...sides, scope: this.#scope, session: this.#session })
    this.#tally = relay.tally
    // Nobody is left who could be told what becomes of a mail.
    this.#client.once('close', () => service.socket.destroy())
    this.#client.write(written(ownReply(235, 'welcome', '2.7.0')))
    await relay.run()
  }

  /** Talks to a client until it has shown the placeholder; false where it takes its leave before. @throws ProtocolError */
  async #greet(): Promise<boolean> {
    let isGreeted = false
    for (let spent = 0; ; ) {
      const line = await this.#reader.line()
      spent += line.length
      if (spent > loginBytes) throw new ProtocolError('length')
      const [, word = '', rest = ''] = /^([A-Za-z]{4,8})(?: +(.*))?$/.exec(line) ?? []
      const verb = word.toUpperCase()
      const canSecure = this.#session.leaf !== undefined && this.#client === this.#session.client
      if (verb === 'EHLO' || verb === 'HELO') {
        isGreeted = true
        this.#say(helloReply(verb, this.#scope, { canSecure }))
      } else if (verb === 'STARTTLS' && canSecure) {
        await this.#secure()
        isGreeted = false
      } else if (verb === 'AUTH' && isGreeted) {
        const shown = await this.#auth(rest)
        if (shown === 'placeholder') return true
        this.#say(answers[shown])
        if (shown === 'other') this.#guesses += 1
        // SECURITY: nothing is dialled for whoever does not show the placeholder, the real password included.
        if (this.#guesses === maxGuesses) return this.#leave(ownReply(421, 'too many passwords', '4.7.0'))
      } else if (verb === 'QUIT') return this.#leave(ownReply(221, 'goodbye', '2.0.0'))
      else if (verb === 'NOOP' || verb === 'RSET') this.#say(ownReply(250, 'ok', '2.0.0'))
      else if (/^(?:MAIL|RCPT|DATA|VRFY|EXPN|HELP|BDAT|AUTH|STARTTLS)$/.test(verb)) {
        this.#say(
          isGreeted && verb !== 'STARTTLS'
            ? ownReply(530, 'log in first', '5.7.0')
            : ownReply(503, 'not at this point', '5.5.1'),
        )
      } else throw new ProtocolError('command')
    }
  }

  #auth(words: string): Promise<Shown> {
    const ask = (challenge: string): void => void this.#client.write(`334 ${challenge}\r\n`)
    return askPlaceholder(words, ask, this.#reader, this.#session.setup.placeholder)
  }

  async #secure(): Promise<void> {
    const { client, leaf } = this.#session
    // SECURITY: what was said before the handshake is not taken for something that was said inside (CVE-2011-0411).
    if (this.#reader.surplus > 0) throw new ProtocolError('surplus')
    this.#reader.detach()
    this.#say(ownReply(220, 'go ahead', '2.0.0'))
    const secure = await secureClient(client, leaf!).catch(() => {
      throw new CoatcheckError('client_tls_failed')
    })
    this.#client = secure
    this.#reader = new LineReader(secure, lineLimit)
  }

  async #tryLogin(wish: ReachWish): Promise<LoginAttempt<MailService>> {
    const { secret, socket, version } = await this.#session.reach(wish)
    this.#service = socket
    socket.on('error', () => socket.destroy())
    const login = readSmtpLogin(secret, this.#scope)
    secret.fill(0)
    try {
      return { service: await this.#within(() => this.#open(socket, login)) }
    } catch (error) {
      this.#service?.destroy()
      // Only a password or a certificate can be another one by now.
      const isStale = error instanceof LoginDeclined ? error.isFinal : isCertificateRefusal(error)
      if (!isStale) throw error
      return { declined: error, version }
    }
  }

  async #open(socket: Socket, login: SmtpLogin): Promise<MailService> {
    const { setup, ending } = this.#session
    const service = await openService(
      socket,
      this.#tls(login),
      setup,
      ending,
      (secure) => {
        this.#service = secure
      },
      login.identity,
    )
    await logIn(service, service.isSecure, login, this.#scope.login)
    this.#who = login.user === '' ? 'of the certificate' : login.user
    return service
  }

  /** SECURITY: verified, unless the scope says otherwise, or the service is on this machine. */
  #tls({ isImplicit, identity }: SmtpLogin): TransportWay {
    const { isLocal, port } = this.#session.setup
    if (this.#scope.tls !== undefined) return this.#scope.tls
    if (isImplicit || port === implicitPort) return 'implicit'
    return isLocal && identity === undefined ? 'offered' : 'starttls'
  }

  #say(reply: Reply): void {
    this.#client.write(written(reply))
  }

  #leave(reply: Reply): false {
    this.#client.end(written(reply))
    return false
  }

  /** Waits for a step, and closes both sides when it takes too long. */
  async #within<Result>(step: () => Promise<Result>): Promise<Result> {
    const timer = setTimeout(() => {
      this.#isLate = true
      this.#client.end(written(sessionFailure('client_timeout', 'client').reply))
      this.#service?.destroy()
      this.#reader.breakOff(new ProtocolError('time'))
      this.#destroySoon()
    }, loginMs)
    try {
      return await step()
    } finally {
      clearTimeout(timer)
    }
  }

  #stop(code: ProblemCode): void {
    if (!this.#client.destroyed) this.#client.end(written(ownReply(421, `the session was ended (${code})`, '4.3.2')))
    this.#service?.destroy()
    this.#reader.breakOff(new ProtocolError('closed'))
    this.#destroySoon()
  }

  #destroySoon(): void {
    cutOffSoon(this.#client, [this.#session.client, this.#service])
  }

  #end({ code, note }: Partial<Pick<SessionFailure, 'code' | 'note'>>): SessionEnd {
    const isGone = code === undefined || code === 'client_disconnected'
    const guessed = this.#guesses > 0 && this.#stage === 'client' ? ('login_refused' as const) : undefined
    // Whoever has logged in may just go.
    const why = isGone ? (guessed ?? (this.#stage === 'session' ? undefined : code)) : code
    const { mails = 0, recipients = 0, bytesSent = 0 } = this.#tally ?? {}
    const tally = `user: ${this.#who}, mails: ${mails}, recipients: ${recipients}`
    const notes = [this.#who === undefined ? undefined : tally, note].filter((text) => text !== undefined)
    // What the service says is not passed on as it is; its replies are short.
    const counts = { bytesSent, bytesReceived: this.#service?.bytesRead ?? 0 }
    return { ...(why && { code: why }), ...(notes.length > 0 && { note: notes.join(', ') }), ...counts }
  }
}
