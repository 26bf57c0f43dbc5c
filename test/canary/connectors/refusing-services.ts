import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { KeyPair } from '../../fixtures/tls-root.ts'

/** A service that takes no login, and repeats what it was shown in saying so. */
export interface RefusingService extends AsyncDisposable {
  readonly port: number
  /** Whatever it was told inside TLS. */
  heard(): string
}

/** Speaks as far as the login. */
type Conversation = (socket: Socket, secure: () => Socket) => void

/** Of each protocol whose clients show a password as it is. */
const conversations: Readonly<Record<'postgres' | 'redis' | 'smtp', Conversation>> = {
  postgres(tcp, secure) {
    const error = (text: string) => message('E', `SFATAL\0C28P01\0Mno login with ${text}\0D${text}\0\0`)
    tcp.once('data', () => {
      tcp.write('S')
      const tls = secure()
      tls.once('data', () => {
        tls.write(message('R', Buffer.of(0, 0, 0, 3)))
        tls.once('data', (shown: Buffer) => tls.end(error(shown.subarray(5, -1).toString())))
      })
    })
  },
  redis(_, secure) {
    const tls = secure()
    tls.on('data', (shown: Buffer) => {
      tls.write(`-WRONGPASS no login with ${shown.toString('latin1').replaceAll(/\s+/g, ' ')}\r\n`)
    })
  },
  smtp(tcp, secure) {
    tcp.write('220 mail.service.test ESMTP\r\n')
    const speak = (socket: Socket, offer: string): void => {
      socket.on('data', (chunk: Buffer) => {
        const line = chunk.toString('latin1').trim()
        if (line.startsWith('EHLO')) socket.write(`250-mail.service.test\r\n250 ${offer}\r\n`)
        else if (line === 'STARTTLS') {
          socket.removeAllListeners('data')
          socket.write('220 go on\r\n')
          speak(secure(), 'AUTH PLAIN')
        } else {
          const words = Buffer.from(line.split(' ').at(-1) ?? '', 'base64')
            .toString()
            .replaceAll('\0', ' ')
          socket.write(`535 5.7.8 no login with ${line} that is${words}\r\n`)
        }
      })
    }
    speak(tcp, 'STARTTLS')
  },
}

/** Starts one on a free port of 127.0.0.1. */
export async function startRefusing(protocol: keyof typeof conversations, pair: KeyPair): Promise<RefusingService> {
  const secureContext = createSecureContext({ cert: pair.certificate, key: pair.key })
  const sockets = new Set<Socket>()
  const heard: Buffer[] = []
  const server = createServer((tcp) => {
    sockets.add(tcp.on('error', () => {}).once('close', () => sockets.delete(tcp)))
    conversations[protocol](tcp, () => {
      const tls = new TLSSocket(tcp, { isServer: true, secureContext })
      return tls.on('error', () => {}).on('data', (chunk: Buffer) => heard.push(chunk))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => Buffer.concat(heard).toString('latin1'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function message(type: string, content: string | Buffer): Buffer {
  const body = Buffer.from(content)
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}
