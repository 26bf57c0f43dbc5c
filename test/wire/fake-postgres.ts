import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'

const codes = { cancel: 80_877_102, tls: 80_877_103 } as const

/** One connection that came, as far as it got. */
export interface FakeSession {
  readonly isSecure: boolean
  /** TLS went on with keys of a connection before. */
  readonly isResumed: boolean
  /** What it wanted broken off; absent where it logged in. */
  readonly cancelled?: Buffer
  readonly version?: number
}

/** A server that says of PostgreSQL what a test needs: TLS, a password in clear text, protocol 3.2, a key of any length. */
export interface FakePostgres extends AsyncDisposable {
  readonly port: number
  readonly sessions: readonly FakeSession[]
}

/** @param key by which its sessions are broken off, process number first */
export async function startFakePostgres(secureContext: SecureContext, key: Buffer): Promise<FakePostgres> {
  const sessions: FakeSession[] = []
  const open = new Set<Socket>()
  const server = createServer((tcp) => {
    open.add(tcp.on('error', () => {}).once('close', () => open.delete(tcp)))
    tcp.once('data', (request: Buffer) => {
      if (request.readUInt32BE(4) !== codes.tls) return void tcp.destroy()
      tcp.write('S')
      const secure = new TLSSocket(tcp, { isServer: true, secureContext })
      secure.on('error', () => {})
      secure.once('data', (packet: Buffer) => {
        const version = packet.readUInt32BE(4)
        const known = { isSecure: true, isResumed: secure.isSessionReused() }
        if (version === codes.cancel) {
          sessions.push({ ...known, cancelled: packet.subarray(8) })
          return void secure.end()
        }
        sessions.push({ ...known, version })
        secure.write(said('R', number(3)))
        secure.once('data', () => {
          secure.write(Buffer.concat([said('R', number(0)), said('K', key), said('Z', Buffer.from('I'))]))
        })
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sessions,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function said(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), number(body.length + 4), body])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
