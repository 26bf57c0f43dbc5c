import { createHash } from 'node:crypto'
import { ByteClient } from './byte-client.ts'

/** One packet of a server. */
export interface ServerPacket {
  readonly sequence: number
  readonly body: Buffer
}

/** What a server greets with, as far as tests ask. */
export interface ServerGreeting {
  readonly version: string
  readonly threadId: number
  readonly capabilities: number
  readonly nonce: Buffer
  readonly plugin: string
}

/** Bits of what the two sides agree on. */
export const bits = {
  database: 1 << 3,
  localFiles: 1 << 7,
  protocol41: 1 << 9,
  tls: 1 << 11,
  secureLogin: 1 << 15,
  multiStatements: 1 << 16,
  pluginLogin: 1 << 19,
} as const

const usual = bits.protocol41 | bits.secureLogin | bits.pluginLogin

/** A client of this protocol. */
export class MysqlClient extends ByteClient {
  static async connect(host: string, port: number): Promise<MysqlClient> {
    return new MysqlClient(await ByteClient.dial(host, port))
  }

  async packet(): Promise<ServerPacket> {
    const head = await this.bytes(4)
    return { sequence: head[3]!, body: await this.bytes(head.readUIntLE(0, 3)) }
  }

  async greeting(): Promise<ServerGreeting> {
    const { body } = await this.packet()
    const end = body.indexOf(0, 1)
    const nonce = Buffer.concat([body.subarray(end + 5, end + 13), body.subarray(end + 32, end + 44)])
    const capabilities = (body.readUInt16LE(end + 14) | (body.readUInt16LE(end + 19) << 16)) >>> 0
    const plugin = body.toString('latin1', end + 45, body.length - 1)
    return {
      version: body.toString('latin1', 1, end),
      threadId: body.readUInt32LE(end + 1),
      capabilities,
      nonce,
      plugin,
    }
  }

  /** Logs in, and gives the last packet about that. */
  async logIn(password: string, further: LoginWish = {}): Promise<ServerPacket> {
    const { nonce } = await this.greeting()
    const { plugin = 'mysql_native_password' } = further
    this.socket.write(response(proof(plugin, password, nonce), { plugin, ...further }))
    return this.settled()
  }

  /** The packet that ends a login. */
  async settled(): Promise<ServerPacket> {
    for (;;) {
      const packet = await this.packet()
      if (packet.body[0] !== 1) return packet
    }
  }

  /** Sends a command, and gives the first packet about it. */
  command(code: number, body: string | Buffer = ''): Promise<ServerPacket> {
    this.socket.write(command(code, body))
    return this.packet()
  }

  /** The one value of the one row of a statement's result; throws the text of an error. */
  async value(statement: string): Promise<string> {
    const first = await this.command(3, statement)
    if (first.body[0] === 0xff) throw new Error(errorText(first))
    const rows: Buffer[] = []
    // Column, end, row, end.
    while (rows.length < 4) rows.push((await this.packet()).body)
    const row = rows[2]!
    return row.toString('utf8', 1, 1 + row[0]!)
  }
}

/** What is unusual about a login. */
export interface LoginWish {
  readonly plugin?: string
  readonly database?: string
  readonly capabilities?: number
}

/** A packet of a client. */
export function say(sequence: number, body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUIntLE(body.length, 0, 3)
  head[3] = sequence
  return Buffer.concat([head, body])
}

/** A command. */
export function command(code: number, body: string | Buffer = ''): Buffer {
  return say(0, Buffer.concat([Buffer.of(code), Buffer.from(body)]))
}

/** The answer to a greeting. */
export function response(
  answer: Buffer,
  { plugin = 'mysql_native_password', database, capabilities = 0 }: LoginWish = {},
  sequence = 1,
): Buffer {
  const head = Buffer.alloc(32)
  head.writeUInt32LE((usual | capabilities | (database === undefined ? 0 : bits.database)) >>> 0)
  head.writeUInt32LE(1 << 24, 4)
  head[8] = 45
  const parts = [head, Buffer.from('anybody\0'), Buffer.of(answer.length), answer]
  if (database !== undefined) parts.push(Buffer.from(`${database}\0`))
  return say(sequence, Buffer.concat([...parts, Buffer.from(`${plugin}\0`)]))
}

/** What proves a password to a nonce, written anew from the documents of both plugins. */
export function proof(plugin: string, password: string, nonce: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0)
  if (plugin === 'mysql_clear_password') return Buffer.from(`${password}\0`)
  const isNative = plugin === 'mysql_native_password'
  const hash = (...parts: readonly (string | Buffer)[]): Buffer =>
    parts.reduce((made, part) => made.update(part), createHash(isNative ? 'sha1' : 'sha256')).digest()
  const once = hash(password)
  const other = isNative ? hash(nonce, hash(once)) : hash(hash(once), nonce)
  return Buffer.from(once.map((byte, index) => byte ^ other[index]!))
}

/** Number and text of an error packet. */
export function errorText({ body }: ServerPacket): string {
  return body[0] === 0xff ? `${body.readUInt16LE(1)} ${body.toString('utf8', 3)}` : `no error: ${body.toString('hex')}`
}
