import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'

type Keys = typeof import('../../packages/broker/src/injection/ssh/signing-key.ts')
type OpensshKeys = typeof import('../../packages/broker/src/injection/ssh/openssh-private-key.ts')
type WireForms = typeof import('../../packages/broker/src/injection/ssh/wire-forms.ts')
type Transports = typeof import('../../packages/broker/src/connectors/ssh/transport/transport.ts')
type SigningKey = ReturnType<Keys['signingKey']>

const broker = join(import.meta.dirname, '../../packages/broker/src')
const { signingKey, signWith } = (await import(join(broker, 'injection/ssh/signing-key.ts'))) as Keys
const { readOpensshPrivateKey } = (await import(join(broker, 'injection/ssh/openssh-private-key.ts'))) as OpensshKeys
const { boolean, message, string, uint32 } = (await import(join(broker, 'injection/ssh/wire-forms.ts'))) as WireForms
const { Transport } = (await import(join(broker, 'connectors/ssh/transport/transport.ts'))) as Transports

/** Numbers of messages that tests speak of. RFC 4250 §4.1. */
export const said = {
  disconnect: 1,
  serviceAccept: 6,
  failure: 51,
  success: 52,
  banner: 53,
  keyOk: 60,
  globalFailure: 82,
  opened: 91,
  openFailure: 92,
  adjust: 93,
  data: 94,
  error: 95,
  eof: 96,
  close: 97,
  request: 98,
  done: 99,
  notDone: 100,
} as const

/** A client that says what a test wants, and keeps everything that it hears, deciphered. */
export class SshClient {
  readonly socket: Socket
  readonly transport: InstanceType<Transports['Transport']>
  readonly #messages: Buffer[] = []
  #read = 0
  #wake: (() => void) | undefined
  #isReady = false
  #isOver = false

  private constructor(socket: Socket) {
    this.socket = socket
    const wake = (): void => this.#wake?.()
    socket.on('error', () => {})
    this.transport = new Transport(
      socket,
      {
        ready: () => {
          this.#isReady = true
          this.transport.trust()
          wake()
        },
        message: (_type, payload) => {
          this.#messages.push(Buffer.from(payload))
          wake()
        },
        drained() {},
        closed: () => {
          this.#isOver = true
          wake()
        },
      },
      { role: 'client', proof: { algorithms: ['ssh-ed25519'], isKnown: () => true } },
    )
  }

  /** Connects, and agrees on keys. */
  static async connect(host: string, port: number): Promise<SshClient> {
    const socket = connect({ host, port, noDelay: true })
    await once(socket, 'connect')
    const client = new SshClient(socket)
    while (!client.#isReady) await client.#more()
    return client
  }

  /** Every message that came. */
  get heard(): Buffer {
    return Buffer.concat(this.#messages)
  }

  /** Messages up to one with such a number, that one included. */
  async until(...types: readonly number[]): Promise<readonly Buffer[]> {
    const found: Buffer[] = []
    while (!types.includes(found.at(-1)?.[0] ?? 0)) {
      while (this.#messages.length === this.#read) await this.#more()
      found.push(this.#messages[this.#read]!)
      this.#read += 1
    }
    return found
  }

  /** Resolves when the connection is closed. */
  async closed(): Promise<void> {
    while (!this.#isOver) await this.#more().catch(() => {})
  }

  send(type: number, ...parts: readonly Buffer[]): void {
    this.transport.send(message(type, ...parts))
  }

  /** Tries a key. @returns number of the answer */
  async logIn(key: SigningKey, algorithm: string = key.kind): Promise<number> {
    this.send(5, string('ssh-userauth'))
    await this.until(said.serviceAccept)
    const parts = [string('git'), string('ssh-connection'), string('publickey'), boolean(true), string(algorithm)]
    const request = message(50, ...parts, string(key.blob))
    const signature = signWith(key, algorithm, Buffer.concat([string(this.transport.sessionId), request]))
    this.transport.send(Buffer.concat([request, string(signature)]))
    return (await this.until(said.success, said.failure)).at(-1)![0]!
  }

  /** Opens the channel, with so much room for what comes. */
  async open(room = 2_097_152): Promise<void> {
    this.send(90, string('session'), uint32(7), uint32(room), uint32(32_768))
    await this.until(said.opened)
  }

  /** Makes a request about the channel. */
  request(name: string, wantsReply: boolean, ...parts: readonly Buffer[]): void {
    this.send(said.request, uint32(0), string(name), boolean(wantsReply), ...parts)
  }

  exec(command: string): void {
    this.request('exec', true, string(command))
  }

  data(bytes: string | Buffer): void {
    this.send(said.data, uint32(0), string(bytes))
  }

  async #more(): Promise<void> {
    if (this.#isOver) throw new Error('the connection is closed')
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await promise
  }
}

/** A key as a file has it. */
export function keyOf(text: string): SigningKey {
  return signingKey(text.includes('OPENSSH') ? readOpensshPrivateKey(text) : createPrivateKey(text))
}

/** A key that nobody knows. */
export function strangerKey(): SigningKey {
  const { privateKey }: { privateKey: KeyObject } = generateKeyPairSync('ed25519')
  return signingKey(privateKey)
}

/** Text of the data, or of the standard error, among messages. */
export function textOf(messages: readonly Buffer[], type: number = said.data): string {
  const skipped = type === said.error ? 13 : 9
  return messages
    .filter((each) => each[0] === type)
    .map((each) => each.toString('latin1', skipped))
    .join('')
}
