import type { Socket } from 'node:net'
import { type ClientHello, parseClientHello } from './client-hello.ts'

/** What the first bytes of a connection are. */
export type Opening =
  | { readonly speaks: 'tls'; readonly hello: ClientHello }
  | { readonly speaks: 'http' }
  | { readonly speaks: 'socks' }
  | { readonly speaks: 'unknown' }

/** No client that speaks first needs longer for its first bytes. */
const deadlineMs = 15_000

/** A method, or its beginning, and nothing like the greeting of another protocol. */
const methodStart = /^[A-Z]{3,}(?:-[A-Z]*)?(?: |$)/

/** The first byte of SOCKS5 (RFC 1928 §3), which begins nothing else that is known here. */
const socksVersion = 5

/** Looks at the first bytes of a connection and puts them back. */
export function peek(socket: Socket): Promise<Opening> {
  return new Promise((resolve) => {
    let seen: Buffer = Buffer.alloc(0)
    const done = (opening: Opening): void => {
      clearTimeout(timer)
      socket.off('data', onData).off('close', onEnd).off('end', onEnd)
      socket.pause()
      if (seen.length > 0) socket.unshift(seen)
      resolve(opening)
    }
    const onEnd = () => done({ speaks: 'unknown' })
    const onData = (chunk: Buffer): void => {
      seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
      const hello = parseClientHello(seen)
      if (hello === 'incomplete') return
      if (typeof hello === 'object') done({ speaks: 'tls', hello })
      else if (hello === 'not-tls' && seen[0] === socksVersion) done({ speaks: 'socks' })
      else if (seen.length >= 3)
        done({ speaks: hello === 'not-tls' && methodStart.test(seen.toString('latin1', 0, 16)) ? 'http' : 'unknown' })
    }
    const timer = setTimeout(onEnd, deadlineMs)
    timer.unref()
    // Somebody may have looked at it before, and left it paused.
    socket.on('data', onData).once('close', onEnd).once('end', onEnd).resume()
  })
}
