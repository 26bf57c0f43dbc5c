import { createHmac } from 'node:crypto'
import type { Socket } from 'node:net'
import type { SmtpLogin } from '../../injection/smtp-login.ts'
import { secureSocket } from '../../upstream/open-socket.ts'
import { TrustStore } from '../../upstream/trust-store.ts'
import type { GrantSetup } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { LineReader } from './line-reader.ts'
import { type Reply, readReply } from './reply.ts'

/** The service does not take the login. SECURITY: its text may name the user, and goes nowhere. */
export class LoginDeclined extends Error {
  readonly replyCode: number
  /** It was asked, and said no for good: there may be another password by now. */
  readonly isFinal: boolean

  constructor(replyCode: number, isFinal = false) {
    super('declined')
    this.replyCode = replyCode
    this.isFinal = isFinal
  }
}

/** How a connection becomes safe; `offered`: in clear text where the service has no TLS. */
export type TransportWay = 'starttls' | 'implicit' | 'off' | 'offered'

/** A connection to a mail server, and what it offers: keywords in capitals, with what stands behind them. */
export interface MailService {
  readonly socket: Socket
  readonly reader: LineReader
  readonly extensions: ReadonlyMap<string, string>
}

/** Longest line of a service, in bytes: challenges are longer than replies. */
const lineLimit = 12_288
/** What the broker says that it is called: its own name is nobody's business. */
const hello = 'EHLO [127.0.0.1]'
const trust = new TrustStore()

/**
 * Puts TLS on a connection to a mail server, as the scope says, and learns what it offers. SECURITY: a service that has no TLS is not
 * spoken to in clear text for that, and nothing that was said before the handshake counts.
 * @param replaced told of the socket that takes the place of the one before
 * @throws ProtocolError, CoatcheckError `upstream_tls_untrusted` | `upstream_unreachable`
 */
export async function openService(
  socket: Socket,
  tls: TransportWay,
  { host, roots }: Pick<GrantSetup, 'host' | 'roots'>,
  signal: AbortSignal,
  replaced: (socket: Socket) => void,
): Promise<MailService & { readonly isSecure: boolean }> {
  const secured = async (bare: Socket): Promise<Socket> => {
    const secure = await secureSocket(bare, host, trust.contextFor(roots), signal, [])
    replaced(secure)
    return secure
  }
  socket.setNoDelay(true)
  const first = tls === 'implicit' ? await secured(socket) : socket
  const reader = new LineReader(first, lineLimit)
  expect(await readReply(reader), 220, 'greeting')
  const offered = await sayHello(first, reader)
  if (tls === 'implicit' || tls === 'off') {
    return { socket: first, reader, extensions: offered, isSecure: tls === 'implicit' }
  }
  if (!offered.has('STARTTLS')) {
    if (tls !== 'offered') throw new ProtocolError('tls')
    return { socket: first, reader, extensions: offered, isSecure: false }
  }
  expect(await command({ socket: first, reader }, 'STARTTLS'), 220, 'tls')
  // SECURITY: nothing that came before the handshake is taken for something that was said inside (CVE-2011-0411).
  if (reader.detach().length > 0) throw new ProtocolError('surplus')
  const secure = await secured(first)
  const inside = new LineReader(secure, lineLimit)
  return { socket: secure, reader: inside, extensions: await sayHello(secure, inside), isSecure: true }
}

/** Says a command, and waits for what comes of it. @throws ProtocolError */
export async function command({ socket, reader }: Omit<MailService, 'extensions'>, text: string): Promise<Reply> {
  // SECURITY: an answer that was there before its question answers another one.
  if (reader.surplus > 0) throw new ProtocolError('surplus')
  socket.write(`${text}\r\n`)
  return readReply(reader)
}

/**
 * Logs in. SECURITY: a password or a token goes over verified TLS only; without it, a proof that one knows it.
 * @throws ProtocolError | LoginDeclined
 */
export async function logIn(
  service: MailService,
  isSecure: boolean,
  { user, password }: Pick<SmtpLogin, 'user' | 'password'>,
  kind: 'password' | 'token',
): Promise<void> {
  const offered = new Set((service.extensions.get('AUTH') ?? '').toUpperCase().split(' '))
  const has = (mechanism: string): boolean => offered.has(mechanism)
  const say = (text: string) => command(service, text)
  let answer: Reply
  if (kind === 'token') {
    const [mechanism, opening] = has('XOAUTH2') ? ['XOAUTH2', `user=${user}\x01`] : ['OAUTHBEARER', `n,a=${user},\x01`]
    if (!isSecure || !has(mechanism)) throw new ProtocolError('mechanism')
    answer = await say(`AUTH ${mechanism} ${base64(`${opening}auth=Bearer ${password}\x01\x01`)}`)
    // What is wrong with it comes in a challenge, which wants an answer that says nothing.
    if (answer.code === 334) answer = await say(mechanism === 'XOAUTH2' ? '' : 'AQ==')
  } else if (isSecure && has('PLAIN')) answer = await say(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`)
  else if (isSecure && has('LOGIN')) {
    answer = await say('AUTH LOGIN')
    if (answer.code === 334) answer = await say(base64(user))
    if (answer.code === 334) answer = await say(base64(password))
  } else if (has('CRAM-MD5')) {
    answer = await say('AUTH CRAM-MD5')
    if (answer.code === 334) {
      const proof = createHmac('md5', password).update(Buffer.from(answer.lines[0]!, 'base64')).digest('hex')
      answer = await say(base64(`${user} ${proof}`))
    }
  } else throw new ProtocolError('mechanism')
  if (answer.code >= 400) throw new LoginDeclined(answer.code, answer.code >= 500)
  expect(answer, 235, 'login')
}

async function sayHello(socket: Socket, reader: LineReader): Promise<ReadonlyMap<string, string>> {
  const answer = await command({ socket, reader }, hello)
  expect(answer, 250, 'greeting')
  const extensions = new Map<string, string>()
  for (const line of answer.lines.slice(1)) {
    const [, name = '', parameters = ''] = /^([A-Za-z0-9-]+)[ =]?(.*)$/.exec(line) ?? []
    // Some name their mechanisms once more, in an older form.
    const before = extensions.get(name.toUpperCase())
    extensions.set(name.toUpperCase(), before === undefined ? parameters : `${before} ${parameters}`)
  }
  return extensions
}

function expect({ code }: Reply, wanted: number, what: string): void {
  if (code === wanted) return
  if (code >= 400) throw new LoginDeclined(code)
  throw new ProtocolError(what)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
