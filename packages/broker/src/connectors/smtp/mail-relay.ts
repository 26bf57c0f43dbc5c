import type { Socket } from 'node:net'
import type { Amounts } from '../../caps/amounts.ts'
import { namedBy } from '../../injection/mail-pattern.ts'
import { type HeldAmounts, ReachError, type ServedSession } from '../connector.ts'
import { parseEnvelopePath } from './envelope.ts'
import { helloReply } from './hello-reply.ts'
import type { LineReader } from './line-reader.ts'
import { EndedSession } from './login-failure.ts'
import { MailMessage } from './mail-message.ts'
import { ProtocolError, ServiceFault } from './protocol-error.ts'
import { ownReply, type Reply, readReply, written } from './reply.ts'
import type { ScopeOptions } from './scope-options.ts'
import { command, type MailService } from './service-login.ts'

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

/** A mail whose envelope is being written. */
interface OpenMail {
  readonly size: number | undefined
  readonly isUtf8: boolean
  recipients: number
}

/** Commands that make no sense, until the session ends. */
const maxStray = 20
const ok = ownReply(250, 'ok', '2.0.0')
const later = ownReply(503, 'not at this point', '5.5.1')
const unoffered = ownReply(555, 'a parameter that was not offered', '5.5.4')
const illFormed = ownReply(501, 'this cannot be read', '5.5.4')
const broken = ownReply(550, 'a line of the mail ends by CR or LF alone', '5.6.0')
const nothing: Amounts = { requests: 0, emails: 0, bytes: 0, usd: 0, tokens: 0, errors: 0 }

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

  /** Serves the client until it takes its leave. @throws ProtocolError | ReachError */
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
    if (verb === 'DATA') return rest === '' ? this.#data() : illFormed
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
    const { scope, service } = this.#parts
    if (this.#mail !== undefined) return later
    const said = parseEnvelopePath(/^FROM:(.*)$/i.exec(rest)?.[1] ?? '')
    if (said === undefined) return illFormed
    const { address, parameters } = said
    if (address === undefined)
      return this.#refuse('sender', 553, '5.1.7', 'this is no mailbox that can be read in one way')
    const named = scope.senders === undefined || address === null ? address?.text : namedBy(scope.senders, address)
    if (scope.senders !== undefined && named === undefined) {
      return this.#refuse('sender', 550, '5.7.1', 'the scope of the secret does not allow this sender')
    }
    let line = `MAIL FROM:<${named ?? ''}>`
    const has = (name: string): boolean => service.extensions.has(name)
    const size = parameters.get('SIZE')
    for (const [name, value] of parameters) {
      if (name === 'SIZE') {
        if (!/^[0-9]{1,15}$/.test(value)) return illFormed
        if (Number(value) > (scope.maxBytes ?? Number.POSITIVE_INFINITY)) return this.#tooLong()
        if (has('SIZE')) line += ` SIZE=${value}`
      } else if (name === 'BODY') {
        if (!/^(?:7BIT|8BITMIME)$/i.test(value)) return unoffered
        const isWide = value.toUpperCase() === '8BITMIME'
        if (isWide && !has('8BITMIME')) return ownReply(554, 'the service takes no 8-bit mail', '5.6.3')
        if (isWide) line += ' BODY=8BITMIME'
      } else if (name === 'SMTPUTF8' && value === '') {
        if (!has('SMTPUTF8')) return ownReply(550, 'the service takes no such addresses', '5.6.7')
        line += ' SMTPUTF8'
        // SECURITY: who a mail is handed over for is the broker's to say, not the client's: `AUTH=` is left out.
      } else if (name !== 'AUTH') return unoffered
    }
    const isUtf8 = parameters.has('SMTPUTF8')
    if (!isUtf8 && isWideText(line)) return ownReply(553, 'such an address needs SMTPUTF8', '5.6.7')
    const reply = await this.#ask(line)
    if (reply.code < 300) this.#mail = { size: size === undefined ? undefined : Number(size), isUtf8, recipients: 0 }
    return reply
  }

  async #to(rest: string): Promise<Reply> {
    const { scope } = this.#parts
    const mail = this.#mail
    if (mail === undefined) return later
    const said = parseEnvelopePath(/^TO:(.*)$/i.exec(rest)?.[1] ?? '')
    if (said === undefined) return illFormed
    const { address, parameters } = said
    if (parameters.size > 0) return unoffered
    if (address === undefined || address === null) {
      return this.#refuse('recipient', 553, '5.1.3', 'this is no mailbox that can be read in one way')
    }
    const named = scope.recipients === undefined ? address.text : namedBy(scope.recipients, address)
    if (named === undefined) {
      return this.#refuse('recipient', 550, '5.7.1', 'the scope of the secret does not allow this recipient')
    }
    if (!mail.isUtf8 && isWideText(named)) return ownReply(553, 'such an address needs SMTPUTF8', '5.6.7')
    if (mail.recipients >= scope.maxRecipients) {
      return this.#refuse(
        'number of recipients',
        452,
        '4.5.3',
        'the scope of the secret does not allow more recipients',
      )
    }
    const reply = await this.#ask(`RCPT TO:<${named}>`)
    if (reply.code < 300) mail.recipients += 1
    return reply
  }

  async #data(): Promise<Reply> {
    const mail = this.#mail
    if (mail === undefined || mail.recipients === 0) return later
    const held = await this.#reserve(mail)
    if ('code' in held) return held
    const spent = { actual: nothing }
    try {
      const reply = await this.#message(mail, held, spent)
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

  async #message(mail: OpenMail, held: HeldAmounts, spent: { actual: Amounts }): Promise<Reply> {
    const { client, reader, scope, service } = this.#parts
    const maxBytes = Math.min(scope.maxBytes ?? Number.POSITIVE_INFINITY, held.maxBytes ?? Number.POSITIVE_INFINITY)
    const message = new MailMessage(client, reader, maxBytes)
    const begin = (): boolean => client.write(written(ownReply(354, 'end with a line that is a dot')))
    if (scope.checksFrom) {
      begin()
      if (!(await message.isFrom(scope))) {
        await message.discard()
        await this.#reset()
        return this.#refuse(
          'From',
          550,
          '5.7.1',
          'the scope of the secret does not allow whom the mail says it is from',
        )
      }
    }
    const opened = await this.#ask('DATA')
    if (opened.code !== 354) {
      if (opened.code < 400) throw new ServiceFault('reply')
      if (scope.checksFrom) await message.discard()
      return opened
    }
    const asHeld: Amounts = { requests: 1, emails: mail.recipients, errors: 0 }
    // What becomes of it is not known until the service says so.
    spent.actual = asHeld
    if (!scope.checksFrom) begin()
    const isSent = await this.#pass(message, spent)
    spent.actual = { ...spent.actual, bytes: message.size }
    if (!isSent) {
      await message.discard()
      throw new EndedSession({ code: 'mail_refused', note: 'size', reply: this.#tooLong() })
    }
    const reply = await this.#inService(() => readReply(service.reader))
    const isTaken = reply.code < 300
    // A reply of 5yz is about the mail, one of 4yz about the service.
    spent.actual = {
      ...spent.actual,
      emails: isTaken ? mail.recipients : 0,
      errors: reply.code >= 400 && reply.code < 500 ? 1 : 0,
    }
    if (isTaken) {
      this.tally.mails += 1
      this.tally.recipients += mail.recipients
    }
    return reply
  }

  /** Sends a message on; one that cannot be ended is cut off, so that nothing of it is delivered. */
  async #pass(message: MailMessage, spent: { actual: Amounts }): Promise<boolean> {
    const { service } = this.#parts
    const cut = (): void => {
      spent.actual = { ...spent.actual, emails: 0, bytes: message.size }
      service.socket.off('close', this.#gone)
      service.socket.destroy()
    }
    try {
      const isSent = await message.passTo(service.socket, (bytes) => {
        this.tally.bytesSent += bytes
      })
      if (!isSent) cut()
      return isSent
    } catch (error) {
      if (!(error instanceof ServiceFault)) cut()
      throw error
    }
  }

  async #reset(): Promise<Reply> {
    if (this.#mail === undefined) return ok
    this.#mail = undefined
    return this.#ask('RSET')
  }

  async #ask(text: string): Promise<Reply> {
    this.tally.bytesSent += Buffer.byteLength(text) + 2
    const reply = await this.#inService(() => command(this.#parts.service, text))
    if (reply.code === 421) {
      this.#parts.client.write(written(reply))
      throw new ServiceFault('closed')
    }
    return reply
  }

  async #inService<Result>(step: () => Promise<Result>): Promise<Result> {
    try {
      return await step()
    } catch (error) {
      throw error instanceof ProtocolError ? new ServiceFault(error.message) : error
    }
  }

  #tooLong(): Reply {
    return this.#refuse('size', 552, '5.3.4', 'the scope of the secret does not allow a mail of this size')
  }

  #refuse(what: string, code: number, enhanced: string, text: string): Reply {
    this.#parts.session.refused('mail_refused', what)
    return ownReply(code, text, enhanced)
  }
}

function isWideText(text: string): boolean {
  return /[^ -~]/.test(text)
}

function drained(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once('drain', resolve).once('close', resolve)
  return promise.finally(() => socket.off('drain', resolve).off('close', resolve))
}
