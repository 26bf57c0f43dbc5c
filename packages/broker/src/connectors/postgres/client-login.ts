import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { ProtocolError } from '../protocol-error.ts'
import { scramKeys } from '../scram/scram-keys.ts'
import { ScramServer, type ScramVerifier } from '../scram/scram-server.ts'
import type { OpenedSession } from './client-startup.ts'
import { md5Answer } from './md5-answer.ts'
import { authentication, int32, message } from './wire.ts'

const mechanism = 'SCRAM-SHA-256'
/** What PostgreSQL itself takes. */
const iterations = 4_096

/** Says whether clients show the placeholder of one grant. */
export class PlaceholderCheck {
  readonly #placeholder: string
  readonly #hash: Buffer
  #verifier: Promise<ScramVerifier> | undefined

  constructor(placeholder: string) {
    this.#placeholder = placeholder
    this.#hash = hashOf(placeholder)
  }

  /** Asks a client for its password. False where it is not the placeholder. @throws ProtocolError */
  isShownBy(session: OpenedSession, way: 'cleartext' | 'md5' | 'scram'): Promise<boolean> {
    if (way === 'scram') return this.#askScram(session)
    return way === 'md5' ? this.#askHash(session) : this.#askText(session)
  }

  async #askText({ socket, reader }: OpenedSession): Promise<boolean> {
    socket.write(message('R', int32(authentication.cleartext)))
    // SECURITY: in constant time, whatever its length.
    return timingSafeEqual(hashOf(await answerOf(reader)), this.#hash)
  }

  async #askHash({ socket, reader, parameters }: OpenedSession): Promise<boolean> {
    // SECURITY: of this connection alone, and none that the service gave: what is shown here proves nothing elsewhere.
    const salt = randomBytes(4)
    socket.write(message('R', int32(authentication.md5), salt))
    const expected = md5Answer(this.#placeholder, parameters.get('user') ?? '', salt)
    return timingSafeEqual(hashOf(await answerOf(reader)), hashOf(expected))
  }

  async #askScram({ socket, reader }: OpenedSession): Promise<boolean> {
    this.#verifier ??= newVerifier(this.#placeholder)
    const server = new ScramServer(await this.#verifier)
    socket.write(message('R', int32(authentication.sasl), mechanism, Buffer.alloc(1)))
    const { type, body } = await reader.message()
    const nameEnd = body.indexOf(0)
    if (type !== 'p' || nameEnd === -1 || body.length < nameEnd + 5) throw new ProtocolError('sasl')
    if (body.toString('latin1', 0, nameEnd) !== mechanism) throw new ProtocolError('sasl')
    const challenge = server.first(body.toString('utf8', nameEnd + 5))
    if (challenge === undefined) throw new ProtocolError('sasl')
    socket.write(message('R', int32(authentication.saslContinue), Buffer.from(challenge)))
    const answer = await reader.message()
    if (answer.type !== 'p') throw new ProtocolError('sasl')
    const proof = server.final(answer.body.toString('utf8'))
    if (proof === undefined) return false
    socket.write(message('R', int32(authentication.saslFinal), Buffer.from(proof)))
    return true
  }
}

async function answerOf(reader: OpenedSession['reader']): Promise<Buffer> {
  const { type, body } = await reader.message()
  if (type !== 'p' || body.at(-1) !== 0) throw new ProtocolError('password')
  return body.subarray(0, -1)
}

async function newVerifier(placeholder: string): Promise<ScramVerifier> {
  const salt = randomBytes(16)
  return { ...(await scramKeys(placeholder, salt, iterations)), salt, iterations }
}

function hashOf(bytes: string | Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
