import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { BSON } from 'mongodb'
import { composeMessage } from '../fixtures/mongodb/wire.ts'
import { ByteClient } from './byte-client.ts'

type Document = BSON.Document

/** A message that a client got. */
export interface Answer {
  readonly responseTo: number
  readonly flags: number
  readonly document: Document
}

/** A client of this protocol. */
export class MongodbClient extends ByteClient {
  static async connect(host: string, port: number): Promise<MongodbClient> {
    return new MongodbClient(await ByteClient.dial(host, port))
  }

  /** The next answer. @throws Error when the connection is closed before */
  async answer(): Promise<Answer> {
    const length = await this.bytes(4)
    return parseAnswer(Buffer.concat([length, await this.bytes(length.readInt32LE(0) - 4)]))
  }

  /** Sends a command and gives its answer. */
  async run(command: Document, flags = 0, rest?: Buffer): Promise<Document> {
    const { id, bytes } = composeMessage({ ...command, $db: command['$db'] ?? 'admin' }, 0, flags, rest)
    this.socket.write(bytes)
    const { document, responseTo } = await this.answer()
    if (responseTo !== id) throw new Error('the answer belongs to another question')
    return document
  }

  /** Logs in by SCRAM. @returns the last answer */
  async logIn(
    password: string,
    { name = 'anybody', mechanism = 'SCRAM-SHA-256', skipEmptyExchange = true, db = 'admin' } = {},
  ): Promise<Document> {
    const login = new ScramExchange(mechanism, name, password)
    const options = { skipEmptyExchange }
    const begun = await this.run({ saslStart: 1, mechanism, payload: binary(login.first), options, $db: db })
    if (begun['ok'] !== 1) return begun
    const { conversationId, payload } = begun
    const shown = await this.run({
      saslContinue: 1,
      conversationId,
      payload: binary(login.final(text(payload))),
      $db: db,
    })
    if (shown['ok'] !== 1 || shown['done'] === true) return shown
    return this.run({ saslContinue: 1, conversationId, payload: binary(''), $db: db })
  }
}

/** What a client by SCRAM says. */
export class ScramExchange {
  readonly #bare: string
  readonly #hash: 'sha1' | 'sha256'
  readonly #password: string

  constructor(mechanism: string, name: string, password: string) {
    const isOld = mechanism === 'SCRAM-SHA-1'
    this.#hash = isOld ? 'sha1' : 'sha256'
    this.#password = isOld ? createHash('md5').update(`${name}:mongo:${password}`).digest('hex') : password
    const escaped = name.replaceAll('=', '=3D').replaceAll(',', '=2C')
    this.#bare = `n=${escaped},r=${randomBytes(18).toString('base64')}`
  }

  get first(): string {
    return `n,,${this.#bare}`
  }

  final(serverFirst: string): string {
    const [, nonce = '', salt = '', count = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? []
    const bytes = this.#hash === 'sha1' ? 20 : 32
    const salted = pbkdf2Sync(this.#password, Buffer.from(salt, 'base64'), Number(count), bytes, this.#hash)
    const hmac = (key: Buffer, value: string): Buffer => createHmac(this.#hash, key).update(value).digest()
    const key = hmac(salted, 'Client Key')
    const stored = createHash(this.#hash).update(key).digest()
    const unproven = `c=biws,r=${nonce}`
    const signature = hmac(stored, `${this.#bare},${serverFirst},${unproven}`)
    return `${unproven},p=${Buffer.from(key.map((byte, index) => byte ^ signature[index]!)).toString('base64')}`
  }
}

/** A payload of a login. */
export function binary(value: string): BSON.Binary {
  return new BSON.Binary(Buffer.from(value))
}

/** The text of a payload. */
export function text(payload: BSON.Binary): string {
  return Buffer.from(payload.value()).toString('utf8')
}

function parseAnswer(raw: Buffer): Answer {
  const isReply = raw.readInt32LE(12) === 1
  const document = BSON.deserialize(raw.subarray(isReply ? 36 : 21))
  return { responseTo: raw.readInt32LE(8), flags: isReply ? 0 : raw.readUInt32LE(16), document }
}
