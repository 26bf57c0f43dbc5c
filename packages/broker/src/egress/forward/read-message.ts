import type { Socket } from 'node:net'
import type { Parsed } from './socks-message.ts'

/** No client that speaks when it is its turn needs longer for a message. */
const deadlineMs = 15_000

/**
 * Reads one message of a connection, and puts back what came behind it. Undefined when it is malformed, or does not come.
 * The parser bounds how many bytes are kept: it says `malformed` at the latest when no message could be as long.
 */
export function readMessage<Message>(
  socket: Socket,
  parse: (bytes: Buffer) => Parsed<Message>,
): Promise<Message | undefined> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0)
    const done = (message: Message | undefined, rest: Buffer): void => {
      clearTimeout(timer)
      socket.off('data', onData).off('close', onEnd).off('end', onEnd).pause()
      if (rest.length > 0) socket.unshift(rest)
      resolve(message)
    }
    const onEnd = () => done(undefined, Buffer.alloc(0))
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk])
      const parsed = parse(seen)
      if (parsed === 'malformed') onEnd()
      else if (parsed !== 'incomplete') done(parsed.message, seen.subarray(parsed.length))
    }
    const timer = setTimeout(onEnd, deadlineMs).unref()
    socket.on('data', onData).once('close', onEnd).once('end', onEnd).resume()
  })
}
