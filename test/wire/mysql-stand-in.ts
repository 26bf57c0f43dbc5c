import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  pbkdf2Sync,
  privateDecrypt,
  randomBytes,
  verify,
} from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { KeyPair } from '../fixtures/tls-root.ts'
import { proof } from './mysql-client.ts'

/** How a server that a test writes itself behaves. */
export interface StandInPlan {
  readonly password: string
  /** Present where it has TLS. */
  readonly tls?: KeyPair
  /** How it asks for the password: by this plugin in the greeting, or by a switch to it. */
  readonly plugin: string
  readonly greets?: string
  /** Says it in place of a greeting. */
  readonly refusal?: string
  /** Follows the greeting in the same segment. */
  readonly junk?: Buffer
  /** Shown instead of its own key. */
  readonly shownKey?: string
  /** Length of its nonce, in bytes. */
  readonly nonceBytes?: number
  /** Rounds of `parsec`, as a power of two above the least; none when absent. */
  readonly rounds?: number
  /** Text of the packet that says that a login is done. */
  readonly okText?: string
}

/**
 * Stands in for MySQL 8 and 9 where none can be installed: greets, asks by `caching_sha2_password` in both its ways, by `sha256_password`
 * by `parsec` of MariaDB and by others, checks what it is answered, and answers `ping`. Written after the published descriptions of the protocol.
 */
export class MysqlStandIn implements AsyncDisposable {
  /** What was said about each login: how it was proved, or what went wrong. */
  readonly logins: string[] = []
  readonly #key = generateKeyPairSync('rsa', { modulusLength: 2048 })
  /** Passwords that were proved once need only the fast way. */
  #isKnown = false
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => this.#serve(socket))
  #plan: StandInPlan = { password: '', plugin: '' }

  static async start(): Promise<MysqlStandIn> {
    const standIn = new MysqlStandIn()
    standIn.#server.listen(0, '127.0.0.1')
    await once(standIn.#server, 'listening')
    return standIn
  }

  /** Begins anew as another server, with the same key. */
  become(plan: StandInPlan): void {
    this.#plan = plan
    this.#isKnown = false
    this.logins.length = 0
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** SHA-256 of its public key. */
  get fingerprint(): string {
    const { publicKey } = this.#key
    return createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    this.#logIn(socket).catch((error: Error) => {
      this.logins.push(error.message)
      socket.destroy()
    })
  }

  async #logIn(tcp: Socket): Promise<void> {
    const { plugin, greets = plugin, tls, refusal, junk = Buffer.alloc(0) } = this.#plan
    const { nonceBytes = plugin === 'parsec' ? 32 : 20 } = this.#plan
    if (refusal !== undefined) {
      tcp.end(framed(0, Buffer.concat([Buffer.of(0xff, 0x69, 0x04), Buffer.from(refusal)])))
      return
    }
    const nonce = Buffer.from(randomBytes(32).map((byte) => 1 + (byte % 127)))
    let wire = new Wire(tcp)
    tcp.write(Buffer.concat([framed(0, greeting(nonce.subarray(0, 20), greets, tls !== undefined)), junk]))
    let answer = await wire.read()
    let isSecure = false
    if (answer.body.length === 32) {
      const secureContext = createSecureContext({ cert: tls!.certificate, key: tls!.key })
      wire = new Wire(new TLSSocket(wire.release(), { isServer: true, secureContext }))
      isSecure = true
      answer = await wire.read()
    }
    const { user, proved, named } = readResponse(answer.body)
    let { sequence } = answer
    const say = (body: Buffer): void => {
      sequence += 1
      wire.socket.write(framed(sequence, body))
    }
    const ask = async (body?: Buffer): Promise<Buffer> => {
      if (body !== undefined) say(body)
      const { body: said, sequence: next } = await wire.read()
      sequence = next
      return said
    }
    if (user === 'coatcheck') {
      this.logins.push('nobody')
      say(Buffer.concat([Buffer.of(0xff, 0x15, 0x04), Buffer.from('#28000denied for coatcheck@host')]))
      return
    }
    const switching = Buffer.from(`\xfe${plugin}\0`, 'latin1')
    const first =
      named === plugin ? proved : await ask(Buffer.concat([switching, nonce.subarray(0, nonceBytes), Buffer.alloc(1)]))
    const how = await this.#check(first, plugin === 'parsec' ? nonce : nonce.subarray(0, 20), isSecure, ask)
    this.logins.push(how)
    if (how.startsWith('no')) {
      say(
        Buffer.concat([
          Buffer.of(0xff, 0x15, 0x04),
          Buffer.from(`#28000Access denied for user '${user}'@'host.internal'`),
        ]),
      )
      return
    }
    if (how.startsWith('fast')) say(Buffer.of(1, 3))
    say(Buffer.concat([Buffer.of(0, 0, 0, 2, 0, 0, 0), Buffer.from(this.#plan.okText ?? '')]))
    for (;;) {
      await wire.read()
      wire.socket.write(framed(1, Buffer.of(0, 0, 0, 2, 0, 0, 0)))
    }
  }

  /** How a password was proved. */
  async #check(
    first: Buffer,
    nonce: Buffer,
    isSecure: boolean,
    ask: (body?: Buffer) => Promise<Buffer>,
  ): Promise<string> {
    const { plugin, password } = this.#plan
    const clear = `${password}\0`
    const leg = isSecure ? 'over TLS' : 'by RSA'
    if (plugin === 'parsec') return this.#checkSigned(first, nonce, ask)
    if (plugin === 'mysql_clear_password') return first.toString() === clear ? `clear ${leg}` : 'no'
    if (plugin === 'sha256_password') {
      const shown = isSecure
        ? first
        : first.equals(Buffer.of(1))
          ? this.#open(await ask(this.#shownKey()), nonce)
          : first
      return shown.toString() === clear ? `sha256 ${leg}` : 'no'
    }
    if (!first.equals(proof(plugin, password, nonce))) return 'no'
    if (plugin !== 'caching_sha2_password') return plugin
    if (this.#isKnown) return 'fast'
    const second = await ask(Buffer.of(1, 4))
    const shown = isSecure
      ? second
      : second.equals(Buffer.of(2))
        ? this.#open(await ask(this.#shownKey()), nonce)
        : second
    if (shown.toString() !== clear) return 'no'
    this.#isKnown = true
    return `full ${leg}`
  }

  /** The signature of both nonces, under the key that is made of the password. */
  async #checkSigned(first: Buffer, nonce: Buffer, ask: (body?: Buffer) => Promise<Buffer>): Promise<string> {
    if (first.length > 0) return 'no wish for a salt'
    const { password, rounds = 0 } = this.#plan
    const salt = randomBytes(18)
    const shown = await ask(Buffer.concat([Buffer.from('\x01P'), Buffer.of(rounds), salt]))
    const seed = pbkdf2Sync(password, salt, 2 ** (10 + rounds), 32, 'sha512')
    const encoded = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
    const key = createPublicKey(createPrivateKey({ key: encoded, format: 'der', type: 'pkcs8' }))
    const [own, signature] = [shown.subarray(0, 32), shown.subarray(32)]
    const isProved = shown.length === 96 && verify(null, Buffer.concat([nonce, own]), key, signature)
    return isProved ? 'parsec' : 'no'
  }

  #shownKey(): Buffer {
    const pem = this.#plan.shownKey ?? pemOf(this.#key.publicKey)
    return Buffer.concat([Buffer.of(1), Buffer.from(pem)])
  }

  #open(hidden: Buffer, nonce: Buffer): Buffer {
    const opened = privateDecrypt(this.#key.privateKey, hidden)
    return Buffer.from(opened.map((byte, index) => byte ^ nonce[index % 20]!))
  }
}

/** A public key of nobody's. */
export function strangersKey(): string {
  return pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)
}

function pemOf(key: KeyObject): string {
  return createPublicKey(key.export({ type: 'spki', format: 'pem' }))
    .export({ type: 'spki', format: 'pem' })
    .toString()
}

/** Packets of one connection. */
class Wire {
  readonly socket: Socket
  #bytes: Buffer = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #isOver = false
  readonly #heard = (chunk: Buffer): void => {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    this.#wake?.()
  }

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', this.#heard).once('close', () => {
      this.#isOver = true
      this.#wake?.()
    })
  }

  /** Stops reading, and leaves what came to whoever reads next. */
  release(): Socket {
    this.socket.off('data', this.#heard).pause()
    if (this.#bytes.length > 0) this.socket.unshift(this.#bytes)
    return this.socket
  }

  async read(): Promise<{ readonly sequence: number; readonly body: Buffer }> {
    while (this.#bytes.length < 4 || this.#bytes.length < 4 + this.#bytes.readUIntLE(0, 3)) {
      if (this.#isOver) throw new Error('left')
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
    }
    const end = 4 + this.#bytes.readUIntLE(0, 3)
    const [sequence, body] = [this.#bytes[3]!, this.#bytes.subarray(4, end)]
    this.#bytes = this.#bytes.subarray(end)
    return { sequence, body }
  }
}

function framed(sequence: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head[3] = sequence
  return Buffer.concat([head, body])
}

function greeting(nonce: Buffer, plugin: string, hasTls: boolean): Buffer {
  // Names of plugins, answers behind their length, transactions, results, the login and the protocol of today, databases.
  const capabilities = 0x0028_a209 | (hasTls ? 0x800 : 0)
  const middle = Buffer.alloc(18)
  middle.writeUInt16LE(capabilities & 0xffff)
  middle[2] = 255
  middle.writeUInt16LE(2, 3)
  middle.writeUInt16LE(capabilities >>> 16, 5)
  middle[7] = 21
  const version = Buffer.from('\x0a9.7.0-stand-in\0')
  const zero = Buffer.alloc(1)
  const parts = [version, Buffer.of(77, 0, 0, 0), nonce.subarray(0, 8), zero, middle, nonce.subarray(8), zero]
  return Buffer.concat([...parts, Buffer.from(`${plugin}\0`)])
}

function readResponse(body: Buffer): { readonly user: string; readonly proved: Buffer; readonly named: string } {
  const userEnd = body.indexOf(0, 32)
  const end = userEnd + 2 + body[userEnd + 1]!
  const texts = body.toString('latin1', end).split('\0')
  const hasDatabase = (body.readUInt32LE(0) & 8) !== 0
  return {
    user: body.toString('latin1', 32, userEnd),
    proved: body.subarray(userEnd + 2, end),
    named: texts[hasDatabase ? 1 : 0]!,
  }
}
