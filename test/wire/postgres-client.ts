import { ByteClient } from './byte-client.ts'

/** One message of a server. */
export interface ServerMessage {
  readonly type: string
  readonly body: Buffer
}

const tlsRequest = 80_877_103
const cancelRequest = 80_877_102

/** A client of this protocol. */
export class PostgresClient extends ByteClient {
  static async connect(host: string, port: number): Promise<PostgresClient> {
    return new PostgresClient(await ByteClient.dial(host, port))
  }

  async message(): Promise<ServerMessage> {
    const head = await this.bytes(5)
    return { type: String.fromCharCode(head[0]!), body: await this.bytes(head.readUInt32BE(1) - 4) }
  }

  /** Messages up to one of these types, that one included. */
  async until(...types: readonly string[]): Promise<readonly ServerMessage[]> {
    const messages: ServerMessage[] = []
    while (!types.includes(messages.at(-1)?.type ?? '')) messages.push(await this.message())
    return messages
  }

  /** Logs in, up to the first time that the server is ready. */
  async logIn(password: string, parameters: Readonly<Record<string, string>> = {}): Promise<readonly ServerMessage[]> {
    this.socket.write(startup(parameters))
    await this.until('R')
    this.socket.write(say('p', `${password}\0`))
    return this.until('Z', 'E')
  }

  /** Runs a statement, and gives everything that the server says about it. */
  query(text: string): Promise<readonly ServerMessage[]> {
    this.socket.write(say('Q', `${text}\0`))
    return this.until('Z')
  }
}

/** A message of a client. */
export function say(type: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const head = Buffer.alloc(5)
  head.write(type, 'latin1')
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** A packet of the start-up. */
export function packet(code: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.writeUInt32BE(code, 4)
  return Buffer.concat([head, body])
}

/** The packet that begins a session. */
export function startup(parameters: Readonly<Record<string, string>> = {}, version = 0x3_0000): Buffer {
  const pairs = Object.entries({ user: 'anybody', ...parameters }).map(([name, value]) => `${name}\0${value}\0`)
  return packet(version, Buffer.from(`${pairs.join('')}\0`))
}

/** The packet that breaks off what a session is doing. */
export function cancel(key: Buffer): Buffer {
  return packet(cancelRequest, key)
}

/** The packet that asks for TLS. */
export function tlsWanted(): Buffer {
  return packet(tlsRequest)
}

/** A field of an error or a notice, by its letter. */
export function fieldOf({ body }: ServerMessage, letter: string): string | undefined {
  const fields = body.toString('utf8').split('\0')
  return fields.find((field) => field.startsWith(letter))?.slice(1)
}

/** Values of the first column of the rows among messages. */
export function firstColumn(messages: readonly ServerMessage[]): readonly string[] {
  const rows = messages.filter(({ type }) => type === 'D')
  return rows.map(({ body }) => body.toString('utf8', 6, 6 + body.readUInt32BE(2)))
}
