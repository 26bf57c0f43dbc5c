import type { Socket as DatagramSocket } from 'node:dgram'
import type { Server, Socket } from 'node:net'
import { CoatcheckError } from '@coatcheck/contract'
import { resolverAddress } from './addresses.ts'

/** The listeners that a gateway handed over, and every connection that they accepted and that is still open. */
export class GatewayListeners {
  readonly streams = new Map<number, Server>()
  readonly #connections = new Set<Socket>()
  #dnsStreams: Server | undefined
  #dnsDatagrams: DatagramSocket | undefined
  #closed = false

  /** @throws CoatcheckError `launch_impossible` before the handover is complete */
  get dnsStreams(): Server {
    return this.#dnsStreams ?? incomplete()
  }

  /** @throws CoatcheckError `launch_impossible` before the handover is complete */
  get dnsDatagrams(): DatagramSocket {
    return this.#dnsDatagrams ?? incomplete()
  }

  addStream(address: string, port: number, server: Server): void {
    server.on('connection', (socket) => this.#track(socket))
    if (address === resolverAddress) this.#dnsStreams = server
    else this.streams.set(port, server)
    if (this.#closed) server.close()
  }

  addDatagrams(socket: DatagramSocket): void {
    this.#dnsDatagrams = socket
    if (this.#closed) socket.close()
  }

  /** Whether everything that was asked for is here. */
  complete(ports: readonly number[]): boolean {
    return (
      this.#dnsStreams !== undefined &&
      this.#dnsDatagrams !== undefined &&
      ports.every((port) => this.streams.has(port))
    )
  }

  /** Stops listening and ends every connection. Safe to call twice. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const server of [...this.streams.values(), this.#dnsStreams]) server?.close()
    this.#dnsDatagrams?.close()
    for (const socket of this.#connections) socket.destroy()
  }

  #track(socket: Socket): void {
    this.#connections.add(socket)
    socket.once('close', () => this.#connections.delete(socket))
  }
}

function incomplete(): never {
  throw new CoatcheckError('launch_impossible', { reason: 'the gateway has not handed over its listeners' })
}
