import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import type { Resolver } from './resolver.ts'
import type { Identity } from './test-root.suite.ts'
import type { DialOptions } from './upstream.ts'

/** The service of these tests. */
export const host = 'api.example.com'
/** A signal that is never aborted. */
export const never: AbortSignal = new AbortController().signal

/** A listening server that counts what it is sent, and leaves nothing behind. */
export class TestServer implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  connections = 0
  applicationBytes = 0
  port = 0

  private constructor(server: Server) {
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.connections += 1
      this.#sockets.add(socket)
      socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Where `clients` is given, a PEM, it asks for a certificate of this root, and says whose it is. */
  static async tls(identity: Identity, address = '127.0.0.1', clients?: string): Promise<TestServer> {
    const asking = clients === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca: clients }
    const server = createTlsServer({ ...identity, ...asking, ALPNProtocols: ['h2', 'http/1.1'] })
    const self = new TestServer(server)
    server.on('tlsClientError', () => {})
    server.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        self.applicationBytes += chunk.length
        const client = clients === undefined ? '' : ` ${socket.getPeerCertificate().subject?.CN ?? 'nobody'}`
        socket.write(`${socket.servername} ${socket.alpnProtocol}${client}`)
      })
    })
    return self.#listen(address)
  }

  static tcp(address = '127.0.0.1', port = 0, greeting?: string): Promise<TestServer> {
    const server = createTcpServer((socket) => {
      socket.resume()
      if (greeting !== undefined) socket.end(greeting)
    })
    return new TestServer(server).#listen(address, port)
  }

  async #listen(address: string, port = 0): Promise<TestServer> {
    this.#server.listen(port, address)
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  async idle(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => socket.closed || once(socket, 'close')))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Answers with one list after the other; the last one stays. */
export class ScriptedResolver implements Resolver {
  readonly #answers: (readonly string[])[]
  asked = 0

  constructor(...answers: (readonly string[])[]) {
    this.#answers = answers
  }

  async resolve(): Promise<readonly string[]> {
    const answer = this.#answers[Math.min(this.asked, this.#answers.length - 1)] ?? []
    this.asked += 1
    return answer
  }
}

/** Resolves every name to this machine. */
export const loopback = () => new ScriptedResolver(['127.0.0.1'])
/** Bytes as they are, wherever the name leads. */
export const tcp: DialOptions = { transport: 'tcp', allowPrivate: true }

/** Checks a refusal's code and host, and its reason where one is given. */
export function refusedWith(code: ProblemCode, reason?: string) {
  return (error: unknown) => {
    assert.ok(error instanceof CoatcheckError, String(error))
    assert.deepEqual([error.code, error.facts['host']], [code, host])
    if (reason !== undefined) assert.equal(error.facts['reason'], reason)
    return true
  }
}
