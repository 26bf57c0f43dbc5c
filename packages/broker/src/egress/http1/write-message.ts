import type { Writable } from 'node:stream'

/** Bodies up to this many bytes are copied behind their head, so that both leave in one TLS record. */
const maxJoinedBytes = 16 * 1024

/** Writes a head, Latin-1 where it is text, and what is there of the body. @returns as `write` of a stream does */
export function writeMessage(stream: Writable, head: string | Buffer, body: Buffer | undefined): boolean {
  if (body === undefined || body.length === 0) return stream.write(head, 'latin1')
  if (head.length + body.length <= maxJoinedBytes) {
    const message = Buffer.allocUnsafe(head.length + body.length)
    if (typeof head === 'string') message.write(head, 0, 'latin1')
    else head.copy(message)
    body.copy(message, head.length)
    return stream.write(message)
  }
  stream.cork()
  stream.write(head, 'latin1')
  const open = stream.write(body)
  stream.uncork()
  return open
}
