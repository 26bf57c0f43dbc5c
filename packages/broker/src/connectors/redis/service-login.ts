import type { Socket } from 'node:net'
import type { RedisLogin } from '../../injection/redis-login.ts'
import { ProtocolError } from '../protocol-error.ts'
import { RefusedSession } from '../refused-session.ts'
import { SocketBytes } from '../socket-bytes.ts'
import { request } from './request.ts'

/** Longest answer to a login, in bytes. */
const maxAnswerBytes = 4_096
/** What a line of an answer begins with. */
const [plus, minus] = [0x2b, 0x2d]

/** The service did not take the login. */
export class LoginDeclined extends Error {
  /** The password may be another one by now. */
  readonly isForPassword: boolean

  constructor(isForPassword: boolean) {
    super('declined')
    this.isForPassword = isForPassword
  }
}

/** What a server says of itself beside a login. */
export interface LoggedIn {
  /** It is no node of a cluster, whose replies name other servers. */
  readonly isAlone: boolean
}

/**
 * Logs in, goes to the database of the login, and asks whether the server is alone.
 * @throws LoginDeclined, ProtocolError; RefusedSession where it is a Sentinel
 */
export async function logIn(
  service: Socket,
  { user, password, database }: Pick<RedisLogin, 'user' | 'password' | 'database'>,
): Promise<LoggedIn> {
  const said = new SocketBytes(service, 0)
  // Whom a certificate has logged in already is seen by whether anything is answered.
  const hasPassword = password !== ''
  const auth = hasPassword ? request('auth', ...(user === null ? [] : [user]), password) : request('ping')
  service.write(auth, () => auth.fill(0))
  if (database !== null) service.write(request('select', String(database)))
  // Every session begins so; only a node of a cluster takes it.
  service.write(request('readwrite'))
  let answered: string
  try {
    const answer = await nextLine(said)
    // LOADING, MASTERDOWN and their like say nothing about the password.
    if (answer !== (hasPassword ? '+OK' : '+PONG'))
      throw new LoginDeclined(/^-(?:WRONGPASS|ERR|NOAUTH|NOPERM)\b/.test(answer))
    if (database !== null && (await nextLine(said)) !== '+OK') throw new LoginDeclined(false)
    answered = await nextLine(said)
    if (isUnknownCommand(answered)) await demandNoSentinel(service, said)
  } finally {
    // SECURITY: nothing else was asked, so whatever else was said would be taken for the answer to a client's request.
    if (said.detach().length > 0) service.destroy(new ProtocolError('surplus'))
  }
  if (service.destroyed) throw new ProtocolError('surplus')
  // SECURITY: whoever does not say so may be a node of a cluster.
  return { isAlone: /^-ERR .*cluster support disabled/i.test(answered) }
}

/** SECURITY: a Sentinel keeps no data, and nearly all that it says is where servers are. */
async function demandNoSentinel(service: Socket, said: SocketBytes): Promise<void> {
  service.write(request('sentinel', 'coatcheck.refused'))
  if (!isUnknownCommand(await nextLine(said))) throw new RefusedSession('session_refused', 'a Sentinel')
}

function isUnknownCommand(answer: string): boolean {
  return /^-ERR unknown command/i.test(answer)
}

async function nextLine(said: SocketBytes): Promise<string> {
  for (;;) {
    const first = said.pending[0]
    if (first !== undefined && first !== plus && first !== minus) throw new ProtocolError('answer')
    const end = said.pending.indexOf('\r\n')
    if (end !== -1) {
      const line = said.pending.toString('latin1', 0, end)
      said.drop(end + 2)
      return line
    }
    if (said.pending.length >= maxAnswerBytes) throw new ProtocolError('length')
    await said.more()
  }
}
