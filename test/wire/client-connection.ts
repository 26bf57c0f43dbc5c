import { once } from 'node:events'
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { type Inside, type Received, receive, type Sending } from './world.ts'

/** What one request on a connection says. */
export type Asking = Pick<Sending, 'method' | 'target' | 'headers'>

/** One connection of a client to one host, kept open from request to request. Closed when it is disposed of. */
export interface ClientConnection extends Disposable {
  readonly socket: TLSSocket
  /** Begins a request; the caller sends its body, and ends it. */
  begin(asking: Asking): ClientRequest
  /** Begins a request without a body, and waits for the head of the response. */
  open(asking: Asking): Promise<IncomingMessage>
  /** Sends a request without a body, and reads the whole response. */
  send(asking: Asking): Promise<Received>
}

/** Opens a connection inside a sandbox, to port 443 unless another one is given. */
export async function openClientConnection(inside: Inside, host: string, port = 443): Promise<ClientConnection> {
  const socket = await inside.connectTls(host, host, port)
  // What goes wrong with the connection is seen at the request that it carries.
  socket.on('error', () => {})
  const agent = new OneConnection(socket)
  const authority = port === 443 ? host : `${host}:${port}`
  const begin = ({ method = 'GET', target = '/', headers = [] }: Asking): ClientRequest =>
    httpRequest({ agent, method, path: target, setHost: false, headers: ['Host', authority, ...headers.flat()] })
  const open = async (asking: Asking): Promise<IncomingMessage> => responseTo(begin(asking).end())
  return {
    socket,
    begin,
    open,
    send: async (asking) => receive(await open(asking)),
    [Symbol.dispose]() {
      agent.destroy()
      socket.destroy()
    },
  }
}

/** The head of the response to a request. Rejects when the connection ends before. */
export async function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  // Who reads a response sees that it was broken off; so must nobody else.
  request.on('error', () => {})
  return response
}

/** An agent that has one connection and never opens another. */
class OneConnection extends Agent {
  #socket: TLSSocket | undefined

  constructor(socket: TLSSocket) {
    super({ keepAlive: true, maxSockets: 1 })
    this.#socket = socket
  }

  override createConnection(): TLSSocket {
    const socket = this.#socket
    if (socket === undefined) throw new Error('the connection was closed by the other side')
    this.#socket = undefined
    return socket
  }
}
