import { RecentMap } from '../../foundation/recent-map.ts'
import type { SmtpLogin } from '../../injection/smtp-login.ts'
import { ProtocolError } from '../protocol-error.ts'
import { saslPrep } from '../scram/sasl-prep.ts'
import { ScramClient } from '../scram/scram-client.ts'
import type { ScramHash, ScramKeys } from '../scram/scram-keys.ts'
import type { Reply } from './reply.ts'

/** The mechanisms of this kind, the best one first, with their hashes. */
export const scramMechanisms: Readonly<Record<string, ScramHash>> = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-1': 'sha1' }

/** The least rounds that a service may ask for (RFC 5802 §5.1, RFC 7677 §4). */
const leastIterations = 4_096
const keys = new RecentMap<string, ScramKeys>(16)

/**
 * Logs in by SCRAM (RFC 5802), in the frame of RFC 4954. SECURITY: a service that is done before it has proved that it knows the password too
 * is another one.
 * @param say says a line, and gives the reply
 * @returns the last reply, for good or bad
 * @throws ProtocolError
 */
export async function logInByScram(
  mechanism: string,
  { user, password }: Pick<SmtpLogin, 'user' | 'password'>,
  say: (line: string) => Promise<Reply>,
): Promise<Reply> {
  const hash = scramMechanisms[mechanism]!
  const wish = { name: user, password: saslPrep(password), hash, binding: { kind: 'none' }, leastIterations } as const
  const scram = new ScramClient(wish, keys)
  const begun = await say(`AUTH ${mechanism} ${base64(scram.first())}`)
  if (begun.code >= 400) return begun
  const final = await scram.final(challengeOf(begun))
  if (final === undefined) throw new ProtocolError('scram')
  const proven = await say(base64(final))
  if (proven.code >= 400) return proven
  if (!scram.verify(challengeOf(proven))) throw new ProtocolError('proof')
  // RFC 4954 §4: what a mechanism says last comes as a challenge, and wants an empty answer.
  return say('')
}

function challengeOf({ code, lines }: Reply): string {
  if (code !== 334) throw new ProtocolError('proof')
  return Buffer.from(lines[0] ?? '', 'base64').toString('utf8')
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
