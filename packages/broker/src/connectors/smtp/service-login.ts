import { createHmac } from 'node:crypto'
import type { SmtpLogin } from '../../injection/smtp-login.ts'
import { ProtocolError } from '../protocol-error.ts'
import { command, expect, LoginDeclined, type MailService } from './mail-service.ts'
import type { Reply } from './reply.ts'
import { logInByScram, scramMechanisms } from './scram-login.ts'

type Login = Pick<SmtpLogin, 'user' | 'password' | 'identity'>

/** What stands in place of a password; `scram`: it is one, and is shown by SCRAM and by nothing else. */
type Kind = 'password' | 'scram' | 'token'

/** Says a line, and gives the reply to it. */
type Say = (line: string) => Promise<Reply>

/**
 * Logs in. SECURITY: a password or a token goes over verified TLS only; without it, a proof that one knows it.
 * @throws ProtocolError | LoginDeclined
 */
export async function logIn(service: MailService, isSecure: boolean, login: Login, kind: Kind): Promise<void> {
  const answer = await answerTo(service, isSecure, login, kind)
  if (answer.code >= 400) throw new LoginDeclined(answer.code, answer.code >= 500)
  expect(answer, 235, 'login')
}

async function answerTo(service: MailService, isSecure: boolean, login: Login, kind: Kind): Promise<Reply> {
  const offered = new Set((service.extensions.get('AUTH') ?? '').toUpperCase().split(' '))
  const say: Say = (text) => command(service, text)
  const { user, password } = login
  const first = (...mechanisms: readonly string[]) => mechanisms.find((name) => offered.has(name))
  const scram = first(...Object.keys(scramMechanisms))
  if (login.identity !== undefined && password === '') {
    // RFC 4422, appendix A: without a name, the service takes the one of the certificate.
    if (isSecure && offered.has('EXTERNAL')) return say(`AUTH EXTERNAL ${user === '' ? '=' : base64(user)}`)
  } else if (kind === 'token') {
    const mechanism = first('XOAUTH2', 'OAUTHBEARER')
    if (isSecure && mechanism !== undefined) return showToken(mechanism, user, password, say)
  } else if (kind === 'scram') {
    if (scram !== undefined) return logInByScram(scram, login, say)
  } else if (isSecure && offered.has('PLAIN')) return say(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`)
  else if (isSecure && offered.has('LOGIN')) return saidByParts(user, password, say)
  else if (scram !== undefined) return logInByScram(scram, login, say)
  else if (offered.has('CRAM-MD5')) return provenByDigest(user, password, say)
  throw new ProtocolError('mechanism')
}

async function showToken(mechanism: string, user: string, token: string, say: Say): Promise<Reply> {
  const isOlder = mechanism === 'XOAUTH2'
  const opening = isOlder ? `user=${user}\x01` : `n,a=${user},\x01`
  const answer = await say(`AUTH ${mechanism} ${base64(`${opening}auth=Bearer ${token}\x01\x01`)}`)
  // What is wrong with it comes in a challenge, which wants an answer that says nothing.
  return answer.code === 334 ? say(isOlder ? '' : 'AQ==') : answer
}

async function saidByParts(user: string, password: string, say: Say): Promise<Reply> {
  let answer = await say('AUTH LOGIN')
  if (answer.code === 334) answer = await say(base64(user))
  return answer.code === 334 ? say(base64(password)) : answer
}

async function provenByDigest(user: string, password: string, say: Say): Promise<Reply> {
  const answer = await say('AUTH CRAM-MD5')
  if (answer.code !== 334) return answer
  const proof = createHmac('md5', password).update(Buffer.from(answer.lines[0]!, 'base64')).digest('hex')
  return say(base64(`${user} ${proof}`))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
