import { namedBy } from '../../injection/mail-pattern.ts'
import { parseEnvelopePath } from './envelope.ts'
import { ownReply, type Reply } from './reply.ts'
import type { ScopeOptions } from './scope-options.ts'

/** A mail whose envelope is being written. */
export interface OpenMail {
  /** As the client said it, in bytes. */
  readonly size: number | undefined
  readonly isUtf8: boolean
  /** Those that the service has taken. */
  recipients: number
}

/** What the service is told in the stead of a command, or what the client is told. */
export type Judged<Accepted> = ({ readonly line: string } & Accepted) | Refused

/** A command that does not go on. */
export interface Refused {
  readonly reply: Reply
  /** What the scope does not allow, where that is why. */
  readonly what?: string
}

const illFormed: Refused = { reply: ownReply(501, 'this cannot be read', '5.5.4') }
const unoffered: Refused = { reply: ownReply(555, 'a parameter that was not offered', '5.5.4') }
const ambiguous = 'this is no mailbox that can be read in one way'

/** The refusal of a mail that is longer than the scope allows. */
export const tooLong: Refused = refuse('size', 552, '5.3.4', 'a mail of this size')

/** Judges what stands behind `MAIL`. SECURITY: what the service is told is written anew, from what was understood. */
export function senderCommand(
  rest: string,
  { maxBytes = Number.POSITIVE_INFINITY, senders }: ScopeOptions,
  offered: ReadonlyMap<string, string>,
): Judged<{ readonly mail: OpenMail }> {
  const said = parseEnvelopePath(/^FROM:(.*)$/i.exec(rest)?.[1] ?? '')
  if (said === undefined) return illFormed
  const { address, parameters } = said
  if (address === undefined) return { what: 'sender', reply: ownReply(553, ambiguous, '5.1.7') }
  // Where senders are named, nobody is none of them.
  const named = senders === undefined ? (address?.text ?? '') : address === null ? undefined : namedBy(senders, address)
  if (named === undefined) return refuse('sender', 550, '5.7.1', 'this sender')
  let line = `MAIL FROM:<${named}>`
  let size: number | undefined
  for (const [name, value] of parameters) {
    if (name === 'SIZE' && /^[0-9]{1,15}$/.test(value)) {
      size = Number(value)
      if (size > maxBytes) return tooLong
      if (offered.has(name)) line += ` SIZE=${size}`
    } else if (name === 'BODY' && /^(?:7BIT|8BITMIME)$/i.test(value)) {
      const isWide = value.toUpperCase() === '8BITMIME'
      if (isWide && !offered.has('8BITMIME'))
        return { reply: ownReply(554, 'the service takes no 8-bit mail', '5.6.3') }
      if (isWide) line += ' BODY=8BITMIME'
    } else if (name === 'SMTPUTF8' && value === '') {
      if (!offered.has(name)) return { reply: ownReply(550, 'the service takes no such addresses', '5.6.7') }
      line += ' SMTPUTF8'
      // SECURITY: who a mail is handed over for is the broker's to say, not the client's: `AUTH=` is left out.
    } else if (name !== 'AUTH') return unoffered
  }
  const isUtf8 = parameters.has('SMTPUTF8')
  return needsUtf8(line, isUtf8) ?? { line, mail: { size, isUtf8, recipients: 0 } }
}

/** Judges what stands behind `RCPT`, as `senderCommand` does. */
export function recipientCommand(
  rest: string,
  { maxRecipients, recipients }: ScopeOptions,
  mail: OpenMail,
): Judged<unknown> {
  const said = parseEnvelopePath(/^TO:(.*)$/i.exec(rest)?.[1] ?? '')
  if (said === undefined) return illFormed
  const { address, parameters } = said
  if (parameters.size > 0) return unoffered
  if (address === undefined || address === null) return { what: 'recipient', reply: ownReply(553, ambiguous, '5.1.3') }
  const named = recipients === undefined ? address.text : namedBy(recipients, address)
  if (named === undefined) return refuse('recipient', 550, '5.7.1', 'this recipient')
  if (mail.recipients >= maxRecipients) return refuse('number of recipients', 452, '4.5.3', 'more recipients')
  const line = `RCPT TO:<${named}>`
  return needsUtf8(line, mail.isUtf8) ?? { line }
}

function needsUtf8(line: string, isUtf8: boolean): Refused | undefined {
  if (isUtf8 || !/[^ -~]/.test(line)) return undefined
  return { reply: ownReply(553, 'such an address needs SMTPUTF8', '5.6.7') }
}

function refuse(what: string, code: number, enhanced: string, object: string): Refused {
  return { what, reply: ownReply(code, `the scope of the secret does not allow ${object}`, enhanced) }
}
