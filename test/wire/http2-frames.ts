import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import type { TlsRoot } from '../fixtures/tls-root.ts'

/** Types of frames, RFC 9113 §6. */
export const frameType = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

/** Flags of frames. */
export const flag = { ack: 1, endStream: 1, endHeaders: 4 } as const

/** What a client says first. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** One frame. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** The bytes of a frame. */
export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** A header block of literals that use no table, whatever stands in them (RFC 7541 §6.2.2). */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

/** An error code as the payload of a frame. */
export function code(value: number): Buffer {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(value)
  return payload
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const rest = bytes.length - 127
  return Buffer.concat([Buffer.from([127, (rest & 127) | 128, rest >> 7]), bytes])
}

/** Calls back for each frame that comes. */
export function readFrames(socket: TLSSocket, onFrame: (frame: Frame) => void, skip = 0): void {
  let unread: Buffer = Buffer.alloc(0)
  let left = skip
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk])
    if (left > 0) {
      const gone = Math.min(left, unread.length)
      unread = unread.subarray(gone)
      left -= gone
    }
    while (unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3)) {
      const length = unread.readUIntBE(0, 3)
      const payload = unread.subarray(9, 9 + length)
      onFrame({ type: unread[3]!, flags: unread[4]!, stream: unread.readUInt32BE(5), payload })
      unread = unread.subarray(9 + length)
    }
  })
}

/** A service that answers the head of each request with frames that a test writes. */
export interface FrameOrigin extends AsyncDisposable {
  readonly port: number
  readonly connections: number
  /** Called with the number of the stream, and how many heads came before on all connections. */
  answer: (socket: TLSSocket, stream: number, count: number) => void
}

/** Starts one on a free port of 127.0.0.1. */
export async function startFrameOrigin(root: TlsRoot, host: string): Promise<FrameOrigin> {
  const { certificate: cert, key } = root.leaf(host)
  const sockets = new Set<TLSSocket>()
  let heads = 0
  let connections = 0
  const origin = {
    port: 0,
    get connections() {
      return connections
    },
    answer: (socket: TLSSocket, stream: number, _count: number) =>
      void socket.write(
        frame(frameType.headers, flag.endHeaders | flag.endStream, stream, block([[':status', '200']])),
      ),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  const server = createServer({ cert, key, ALPNProtocols: ['h2'] }, (socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {}).write(frame(frameType.settings, 0, 0))
    readFrames(
      socket,
      ({ type, flags, stream }) => {
        if (type === frameType.settings && (flags & flag.ack) === 0)
          socket.write(frame(frameType.settings, flag.ack, 0))
        if (type === frameType.headers) origin.answer(socket, stream, heads++)
      },
      preface.length,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin.port = (server.address() as AddressInfo).port
  return origin
}
