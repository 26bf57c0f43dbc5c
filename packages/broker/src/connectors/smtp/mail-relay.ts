import type { Socket } from 'node:net'
import { type Amounts, nothingUsed } from '../../caps/amounts.ts'
import { type HeldAmounts, ReachError, type ServedSession } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { type OpenMail, type Refused, recipientCommand, senderCommand, tooLong } from './envelope-commands.ts'
import { helloReply } from './hello-reply.ts'
import type { LineReader } from './line-reader.ts'
import { EndedSession } from './login-failure.ts'
import { MailMessage } from './mail-message.ts'
import { command, type MailService } from './mail-service.ts'
import { ownReply, type Reply, readReply, written } from './reply.ts'
import type { ScopeOptions } from './scope-options.ts'
import { ServiceFault } from './service-fault.ts'

/** What a relay needs: both sides, and what the scope says. */
export interface RelayParts {
  readonly client: Socket
  readonly reader: LineReader
  readonly service: MailService
  readonly scope: ScopeOptions
  readonly session: Pick<ServedSession, 'refused' | 'reserve'>
}

/** What a session came to. */
export interface RelayTally {
  mails: number
  recipients: number
  bytesSent: number
}

/** Commands that make no sense, until the session ends. */
const maxStray = 20
/** How long the service may take over one answer, in milliseconds; RFC 5321 §4.5.3.2.6 has clients wait so long. */
const replyMs = 600_000
const ok = ownReply(250, 'ok', '2.0.0')
const later = ownReply(503, 'not at this point', '5.5.1')
const begin = ownReply(354, 'end with a line that is a dot')
const broken = ownReply(550, 'a line of the mail ends by CR or LF alone', '5.6.0')
const notFrom: Refused = {
  what: 'From',
  reply: ownReply(550, 'the scope of the secret does not allow whom the mail says it is from', '5.7.1'),
}

/**
 * Takes mails from a client that has logged in, and hands them to the service, one command at a time. SECURITY: every command that the
 * service gets is written here; none is passed on.
 */
export class MailRelay {
  readonly tally: RelayTally = { mails: 0, recipients: 0, bytesSent: 0 }
  readonly #parts: RelayParts
  #mail: OpenMail | undefined
  #stray = 0
  readonly #gone = (): void => this.#parts.reader.breakOff(new ServiceFault('closed'))

  constructor(parts: RelayParts) {
    this.#parts = parts
  }

  /** Serves the client until it takes its leave. @throws ProtocolError | ReachError | EndedSession */
  async run(): Promise<void> {
    const { client, reader, service } = this.#parts
    service.socket.once('close', this.#gone)
    if (service.socket.destroyed) this.#gone()
    for (;;) {
      const line = await reader.line()
      const [, verb = '', rest = ''] = /^([A-Za-z0-9]{1,16})(?: +(.*))?$/.exec(line) ?? []
      const reply = await this.#answer(verb.toUpperCase(), rest)
      if (reply === undefined) break
      if (!client.write(written(reply))) await drained(client)
    }
    service.socket.off('close', this.#gone)
    service.socket.end('QUIT\r\n')
    client.end(written(ownReply(221, 'goodbye', '2.0.0')))
  }

  /** Undefined where the client takes its leave. */
  async #answer(verb: string, rest: string): Promise<Reply | undefined> {
    const { scope, service } = this.#parts
    if (verb === 'MAIL') return this.#from(rest)
    if (verb === 'RCPT') return this.#to(rest)
    if (verb === 'DATA' && rest === '') return this.#data()
    if (verb === 'EHLO' || verb === 'HELO') {
      await this.#reset()
      return helloReply(verb, scope, { service: service.extensions })
    }
    if (verb === 'RSET') return this.#reset()
    if (verb === 'NOOP') return ok
    if (verb === 'VRFY') return ownReply(252, 'send mail, and see', '2.1.5')
    if (verb === 'QUIT') return undefined
    if (verb === 'AUTH' || verb === 'STARTTLS') return later
    // What follows it is no command.
    if (verb === 'BDAT' || ++this.#stray > maxStray) throw new ProtocolError('command')
    return ownReply(502, 'a command that was not offered', '5.5.1')
  }

  async #from(rest: string): Promise<Reply> {
    if (this.#mail !== undefined) return later
    const judged = senderCommand(rest, this.#parts.scope, this.#parts.service.extensions)
    if ('reply' in judged) return this.#refuse(judged)
    const reply = await this.#ask(judged.line)
    if (reply.code < 300) this.#mail = judged.mail
    return reply
  }

  async #to(rest: string): Promise<Reply> {
    const mail = this.#mail
    if (mail === undefined) return later
    const judged = recipientCommand(rest, this.#parts.scope, mail)
    if ('reply' in judged) return this.#refuse(judged)
    const reply = await this.#ask(judged.line)
    if (reply.code < 300) mail.recipients += 1
    return reply
  }

  async #data(): Promise<Reply> {
    const mail = this.#mail
    if (mail === undefined || mail.recipients === 0) return later
    const held = await this.#reserve(mail)
    if ('code' in held) return held
    const spent = { actual: nothingUsed }
    try {
      const reply = await this.#carry(mail, held, spent)
      this.#mail = undefined
      return reply
    } catch (error) {
      const isBroken = error instanceof ProtocolError && error.message === 'line ending'
      throw isBroken ? new EndedSession({ code: 'request_malformed', note: error.message, reply: broken }) : error
    } finally {
      held.settle(spent.actual)
    }
  }

  /** Caps have room for all of it, before any of it leaves. */
  async #reserve({ recipients, size }: OpenMail): Promise<HeldAmounts | Reply> {
    const amounts = { requests: 1, emails: recipients, usd: 0, tokens: 0, ...(size !== undefined && { bytes: size }) }
    try {
      return await this.#parts.session.reserve(amounts)
    } catch (error) {
      const code = error instanceof ReachError ? error.code : 'internal'
      const isReached = code === 'cap_reached' || code === 'circuit_open'
      if (!isReached && code !== 'cap_unmeasured') throw error
      this.#parts.session.refused(code, 'DATA')
      return isReached ? ownReply(451, `refused (${code})`, '4.7.1') : ownReply(554, `refused (${code})`, '5.7.1')
    }
  }

  /** Carries one mail, and says what it came to. */
  async #carry(mail: OpenMail, held: HeldAmounts, spent: { actual: Amounts }): Promise<Reply> {
    const { client, reader, scope, service } = this.#parts
    const maxBytes = Math.min(scope.maxBytes ?? Number.POSITIVE_INFINITY, held.maxBytes ?? Number.POSITIVE_INFINITY)
    const message = new MailMessage(client, reader, maxBytes)
    if (scope.checksFrom) {
      client.write(written(begin))
      if (!(await message.isFrom(scope))) {
        await message.discard()
        await this.#reset()
        return this.#refuse(notFrom)
      }
    }
    const opened = await this.#ask('DATA')
    if (opened.code !== 354) {
      if (opened.code < 400) throw new ServiceFault('reply')
      if (scope.checksFrom) await message.discard()
      return opened
    }
    // What becomes of it is not known until the service says so.
    spent.actual = { errors: 0 }
    if (!scope.checksFrom) client.write(written(begin))
    const isSent = await this.#pass(message, spent)
    if (!isSent) {
      await message.discard()
      throw new EndedSession({ code: 'mail_refused', note: 'size', reply: this.#refuse(tooLong) })
    }
    const bytes = message.size
    spent.actual = { bytes, errors: 1 }
    const reply = await this.#inService(() => readReply(service.reader))
    const isTaken = reply.code < 300
    // A reply of 5yz is about the mail, one of 4yz about the service.
    const errors = reply.code >= 400 && reply.code < 500 ? 1 : 0
    spent.actual = { bytes, errors, ...(!isTaken && { emails: 0 }) }
    if (isTaken) {
      this.tally.mails += 1
      this.tally.recipients += mail.recipients
    }
    return reply
  }

  /** Sends a message on; one that cannot be ended is cut off, so that nothing of it is delivered. */
  async #pass(message: MailMessage, spent: { actual: Amounts }): Promise<boolean> {
    const { socket } = this.#parts.service
    const count = (bytes: number): void => {
      this.tally.bytesSent += bytes
    }
    let isSent = false
    try {
      isSent = await message.passTo(socket, count)
    } finally {
      if (!isSent) {
        spent.actual = { emails: 0, bytes: message.size, errors: socket.destroyed ? 1 : 0 }
        socket.off('close', this.#gone).destroy()
      }
    }
    return isSent
  }

  async #reset(): Promise<Reply> {
    if (this.#mail === undefined) return ok
    this.#mail = undefined
    return this.#ask('RSET')
  }

  async #ask(text: string): Promise<Reply> {
    this.tally.bytesSent += Buffer.byteLength(text) + 2
    const reply = await this.#inService(() => command(this.#parts.service, text))
    if (reply.code === 421) throw new EndedSession({ code: 'upstream_unreachable', note: 'reply 421', reply })
    return reply
  }

  /** Waits for the service. @throws ServiceFault */
  async #inService<Result>(step: () => Promise<Result>): Promise<Result> {
    const timer = setTimeout(() => this.#parts.service.socket.destroy(), replyMs)
    try {
      return await step()
    } catch (error) {
      throw error instanceof ProtocolError ? new ServiceFault(error.message) : error
    } finally {
      clearTimeout(timer)
    }
  }

  #refuse({ reply, what }: Refused): Reply {
    if (what !== undefined) this.#parts.session.refused('mail_refused', what)
    return reply
  }
}

function drained(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('drain', resolve).once('close', resolve)
  return promise.finally(() => socket.off('drain', resolve).off('close', resolve))
}
