import type { Socket } from 'node:net'
import type { ClientIdentity } from '../../foundation/client-identity.ts'
import type { GrantSetup } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { secureService } from '../secure-service.ts'
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

/**
 * Puts TLS on a connection to a mail server, as the scope says, and learns what it offers. SECURITY: a service that has no TLS is not
 * spoken to in clear text for that, and nothing that was said before the handshake counts.
 * @param replaced told of the socket that takes the place of the one before
 * @throws ProtocolError, and as `secureService` does
 */
export async function openService(
  socket: Socket,
  tls: TransportWay,
  place: Pick<GrantSetup, 'host' | 'roots'>,
  signal: AbortSignal,
  replaced: (socket: Socket) => void,
  identity?: ClientIdentity,
): Promise<MailService & { readonly isSecure: boolean }> {
  const secured = async (bare: Socket): Promise<Socket> => {
    const secure = await secureService(bare, place, signal, identity)
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

/** Demands one code of a reply. @param what the step is called @throws ProtocolError | LoginDeclined */
export function expect({ code }: Reply, wanted: number, what: string): void {
  if (code === wanted) return
  if (code >= 400) throw new LoginDeclined(code)
  throw new ProtocolError(what)
}
