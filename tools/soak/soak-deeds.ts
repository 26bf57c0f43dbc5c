import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

const uploadBytes = 300 * 1024
/** As long as a slow reader reads nothing. */
const slowMs = 300
const abruptMs = 5

/** What a client does on a connection of HTTP/1.1. `head` writes the head of a request with the credential. */
export type Deed = (socket: Socket, head: (line: string, more?: string) => string) => Promise<void>

/** What a client does on a connection of HTTP/2. `begin` begins a request with the credential. */
export type StreamDeed = (session: ClientHttp2Session, begin: (path: string) => ClientHttp2Stream) => Promise<void>

/** Clients of HTTP/1.1: well-behaved, in a hurry, slow, and gone. */
export const deeds: Readonly<Record<string, Deed>> = {
  async plain(socket, head) {
    for (let round = 0; round < 5; round += 1) {
      socket.write(head('GET /ok'))
      await answers(socket, 1)
    }
  },
  async pipelined(socket, head) {
    socket.write(head('GET /ok').repeat(6))
    await answers(socket, 6)
  },
  async uploaded(socket, head) {
    socket.write(head('POST /ok', `Content-Length: ${uploadBytes}\r\n`))
    socket.write(Buffer.alloc(uploadBytes))
    await answers(socket, 1)
  },
  async 'upload aborted'(socket, head) {
    socket.write(head('POST /ok', `Content-Length: ${uploadBytes}\r\n`))
    socket.write(Buffer.alloc(uploadBytes - 1))
    await delay(abruptMs)
  },
  async 'download aborted'(socket, head) {
    socket.write(head('GET /big'))
    await answers(socket, 1)
  },
  async 'read slowly'(socket, head) {
    socket.write(head('GET /long'))
    await answers(socket, 1)
    socket.pause()
    await delay(slowMs)
    socket.write(head('GET /ok'))
    socket.resume()
    await answers(socket, 1)
  },
  async 'reset by the service'(socket, head) {
    socket.write(head('GET /reset'))
    await answers(socket, 1)
  },
  async 'broken off by the service'(socket, head) {
    socket.write(head('GET /half'))
    if (!socket.resume().destroyed) await new Promise((resolve) => socket.once('close', resolve))
  },
  async 'gone before the answer'(socket, head) {
    socket.write(head('GET /later'))
    await delay(abruptMs)
  },
}

/** Clients of HTTP/2 with the same manners. */
export const streamDeeds: Readonly<Record<string, StreamDeed>> = {
  async 'streams at a time'(_session, begin) {
    await Promise.all(Array.from({ length: 12 }, () => ended(begin('/ok'))))
  },
  async 'streams given up'(_session, begin) {
    const kept = ended(begin('/ok'))
    // Whoever waits for it below hears of it all the same.
    kept.catch(() => {})
    for (const path of ['/later', '/big']) {
      const stream = begin(path)
      // One before its answer, one in the middle of it.
      if (path === '/big') await comes(stream, 'data')
      stream.close(8)
    }
    await kept
  },
  async 'stream read slowly'(_session, begin) {
    const stream = begin('/big')
    await comes(stream, 'response')
    await delay(slowMs)
    await ended(stream)
  },
  async 'stream broken off by the service'(_session, begin) {
    const stream = begin('/half')
    await ended(stream).catch(() => {})
  },
  async 'gone with streams under way'(session, begin) {
    for (const path of ['/later', '/big', '/ok']) begin(path)
    await delay(abruptMs)
    session.destroy()
  },
}

/** Resolves when the answer is complete. Rejects when the stream ends in another way. */
async function ended(stream: ClientHttp2Stream): Promise<void> {
  stream.resume()
  if (!stream.closed && !stream.destroyed) await new Promise((resolve) => stream.once('close', resolve))
  if (!stream.readableEnded) throw new Error('closed')
}

/** Resolves with the first of these events. Rejects when the stream ends before. */
async function comes(stream: ClientHttp2Stream, event: 'data' | 'response'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  stream.once(event, () => resolve()).once('close', () => reject(new Error('closed')))
  if (stream.destroyed) reject(new Error('closed'))
  await promise
}

/** Resolves when so many answers began. Rejects when the connection closes before. */
function answers(socket: Socket, count: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let [text, seen] = ['', 0]
  const close = (): void => reject(new Error('closed'))
  const read = (chunk: Buffer): void => {
    text += chunk.toString('latin1')
    const heads = text.match(/HTTP\/1\.1 \d{3} [\s\S]*?\r\n\r\n/g) ?? []
    seen += heads.length
    text = heads.length > 0 ? text.slice(text.lastIndexOf('\r\n\r\n') + 4) : text.slice(-1_000)
    if (seen >= count) resolve()
  }
  socket.on('data', read).once('close', close).resume()
  if (socket.destroyed) close()
  return promise.finally(() => socket.off('data', read).off('close', close))
}
