import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import type { CreatedSandbox } from '@coatcheck/contract'

/** What a client asks a SOCKS5 proxy for. */
export interface SocksAsking {
  /** Sent as a name, whatever it is, unless `address` is given. */
  readonly host: string
  readonly port: number
  /** Type and bytes of an address. */
  readonly address?: readonly number[]
  /** 1 (CONNECT) when absent. */
  readonly command?: number
  /** Offers no user and password when null. */
  readonly identity: Pick<CreatedSandbox, 'id' | 'token'> | null
  readonly localAddress?: string
  /** Speaks TLS with the proxy, trusting this certificate. */
  readonly tls?: { readonly ca: string; readonly servername: string }
}

/** The bytes with which a proxy said no. */
export class SocksRefusedError extends Error {
  readonly bytes: Buffer

  constructor(bytes: Buffer) {
    super(`SOCKS5 said ${bytes.toString('hex')}`)
    this.bytes = bytes
  }
}

/** Opens a connection through a SOCKS5 proxy. @throws SocksRefusedError after the proxy has closed the connection */
export async function openSocks(proxyUrl: string, asking: SocksAsking): Promise<Socket> {
  const socket = await connected(proxyUrl, asking)
  const { identity, host, port, address, command = 1 } = asking
  socket.write(Buffer.from(identity === null ? [5, 1, 0] : [5, 1, 2]))
  await demand(socket, 2, 2)
  const { id, token } = identity!
  socket.write(Buffer.from([1, id.length, ...Buffer.from(id), token.length, ...Buffer.from(token)]))
  await demand(socket, 2, 0)
  const name = Buffer.from(host, 'latin1')
  const to = address ?? [3, name.length, ...name]
  socket.write(Buffer.from([5, command, 0, ...to, port >> 8, port & 0xff]))
  await demand(socket, 10, 0)
  return socket
}

async function connected(proxyUrl: string, { localAddress, tls }: SocksAsking): Promise<Socket> {
  const { hostname, port } = new URL(proxyUrl)
  const tcp = connect({ host: hostname, port: Number(port), ...(localAddress === undefined ? {} : { localAddress }) })
  tcp.on('error', () => {})
  await once(tcp, 'connect')
  if (tls === undefined) return tcp
  const secure: TLSSocket = tlsConnect({ socket: tcp, ...tls })
  secure.on('error', () => {})
  await once(secure, 'secureConnect')
  return secure
}

/** Reads an answer of so many bytes, whose second one must be as expected. */
async function demand(socket: Socket, length: number, expected: number): Promise<void> {
  let seen = Buffer.alloc(0)
  while (seen.length < length && !socket.readableEnded) {
    const chunk = socket.read(Math.min(socket.readableLength, length - seen.length) || 1) as Buffer | null
    if (chunk === null) await Promise.race([once(socket, 'readable'), once(socket, 'end')])
    else seen = Buffer.concat([seen, chunk])
  }
  if (seen[1] === expected) return
  if (!socket.destroyed) {
    socket.resume()
    await once(socket, 'close')
  }
  throw new SocksRefusedError(seen)
}
