import { once } from 'node:events'
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net'
import { createServer as createTls } from 'node:tls'
import type { TlsRoot } from '../fixtures/tls-root.ts'

/** A request as it stood on the wire, read by rules of the test's own. */
export interface RawRequest {
  /** Request line without its end. */
  readonly line: string
  /** Lines of fields, as they came. */
  readonly fields: readonly string[]
  /** Which connection brought it, counted from 1. */
  readonly connection: number
  readonly socket: Socket
  /** The whole body, with its framing; waits for it. */
  body(): Promise<string>
}

/** Answers one request, byte by byte; the next one of the connection is read when this is over. */
export type RawAnswer = (request: RawRequest) => unknown

/** A service that says exactly the bytes that a test makes it say, and remembers what it was sent. */
export interface RawOrigin extends AsyncDisposable {
  readonly port: number
  readonly requests: readonly RawRequest[]
  /** Connections that were made. */
  readonly connections: readonly Socket[]
  /** What it does from now on. */
  answer: RawAnswer
}

/** Starts it on loopback; without a root, in clear text. */
export async function startRawOrigin(root: TlsRoot | undefined, answer: RawAnswer): Promise<RawOrigin> {
  const requests: RawRequest[] = []
  const connections: Socket[] = []
  const server: Server =
    root === undefined
      ? createTcp({ allowHalfOpen: true })
      : createTls({ SNICallback: (name, done) => done(null, root.contextFor(name)) })
  const origin: { answer: RawAnswer } = { answer }
  server.on(root === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connections.push(socket)
    socket.on('error', () => {})
    void serve(socket, connections.length, async (request) => {
      requests.push(request)
      await origin.answer(request)
    })
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections,
    get answer() {
      return origin.answer
    },
    set answer(next) {
      origin.answer = next
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of connections) socket.destroy()
    },
  }
}

async function serve(socket: Socket, connection: number, answer: RawAnswer): Promise<void> {
  const input = new Input(socket)
  for (;;) {
    const head = await input.until('\r\n\r\n')
    if (head === undefined) return
    const [line = '', ...fields] = head.slice(0, -4).split('\r\n')
    let body: Promise<string> | undefined
    const request = { line, fields, connection, socket, body: () => (body ??= readBody(fields, input)) }
    try {
      await answer(request)
      await request.body()
    } catch {
      // A client that went away in the middle; the test looks at what came.
      return
    }
  }
}

async function readBody(fields: readonly string[], input: Input): Promise<string> {
  const fieldOf = (name: string): string | undefined =>
    fields
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim()
  const length = fieldOf('content-length')
  if (length !== undefined) return (await input.take(Number(length))) ?? gone()
  if (fieldOf('transfer-encoding') === undefined) return ''
  let text = ''
  for (;;) {
    const size = (await input.until('\r\n')) ?? gone()
    const rest = (await input.take(Number.parseInt(size, 16) + 2)) ?? gone()
    text += size + rest
    if (/^0+\r\n$/.test(size)) return text
  }
}

function gone(): never {
  throw new Error('the client went away')
}

/** What came in, as Latin-1 text. */
class Input {
  #text = ''
  #isOver = false
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    const over = (): void => {
      this.#isOver = true
      this.#wake?.()
    }
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#wake?.()
    })
    socket.on('end', over).on('close', over)
  }

  async until(mark: string): Promise<string | undefined> {
    for (;;) {
      const at = this.#text.indexOf(mark)
      if (at >= 0) return this.#cut(at + mark.length)
      if (!(await this.#more())) return undefined
    }
  }

  async take(length: number): Promise<string | undefined> {
    while (this.#text.length < length) if (!(await this.#more())) return undefined
    return this.#cut(length)
  }

  #cut(at: number): string {
    const taken = this.#text.slice(0, at)
    this.#text = this.#text.slice(at)
    return taken
  }

  async #more(): Promise<boolean> {
    if (this.#isOver) return false
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    return true
  }
}
