import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** User and password that the proxy of the tests wants. */
export const proxyUser = { name: 'corp', password: 'p%40ss:w0rd-canary' } as const

/** A forward proxy that wants Basic, resolves every name to this machine, and remembers what it was asked. */
export class ConnectProxy implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** The heads that it was sent. */
  readonly heads: string[] = []
  /** Authorities that it connected to. */
  readonly tunnels: string[] = []
  readonly #spoken = new Map<string, () => void>()
  #said = ''
  /** What it answers instead of opening a tunnel. */
  answer: string | undefined
  port = 0

  private constructor() {
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy()
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    proxy.port = (proxy.#server.address() as AddressInfo).port
    return proxy
  }

  /** How it is written in a setting. */
  get url(): string {
    return `http://${proxyUser.name}:${encodeURIComponent(proxyUser.password)}@127.0.0.1:${this.port}`
  }

  /** Resolves when a service has said this, and it was passed on. */
  async spoken(text: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (this.#said.includes(text)) return
    this.#spoken.set(text, resolve)
    await promise
  }

  async #accept(client: Socket): Promise<void> {
    this.#keep(client)
    let head = ''
    while (!head.includes('\r\n\r\n')) {
      const [chunk] = (await once(client, 'data').catch(() => [])) as [Buffer?]
      if (chunk === undefined) return
      head += chunk.toString('latin1')
    }
    client.pause()
    this.heads.push(head)
    if (this.answer !== undefined) return void client.end(this.answer)
    const expected = Buffer.from(`${proxyUser.name}:${proxyUser.password}`).toString('base64')
    if (!head.includes(`\r\nProxy-Authorization: Basic ${expected}\r\n`)) {
      return void client.end('HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="corp"\r\n\r\n')
    }
    const [, authority = '', port = ''] = /^CONNECT ([^ :]+:(\d+)) HTTP\/1\.1\r\n/.exec(head) ?? []
    this.tunnels.push(authority)
    const service = this.#keep(connect(Number(port), '127.0.0.1'))
    service.once('error', () => client.end('HTTP/1.1 502 No way\r\n\r\n'))
    service.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\nVia: corp\r\n\r\n')
      client.pipe(service).pipe(client)
      service.on('data', (chunk: Buffer) => {
        this.#said += chunk.toString('latin1')
        for (const [text, tell] of this.#spoken) if (this.#said.includes(text)) tell()
      })
    })
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    return socket.on('error', () => {}).once('close', () => this.#sockets.delete(socket))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
