import { once } from 'node:events'
import {
  constants,
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from 'node:http2'
import type { AddressInfo } from 'node:net'

import type { TlsRoot } from '../fixtures/tls-root.ts'

/** A stream as the service has it. */
export interface OriginStream {
  readonly stream: ServerHttp2Stream
  /** Which connection brought it, counted from 1. */
  readonly connection: number
  /** Names and values in turn, as they came. */
  readonly raw: readonly string[]
  /** Fields that were marked as never to be indexed. */
  readonly sensitive: readonly string[]
  readonly endsWithHead: boolean
  value(name: string): string | undefined
}

/** Answers one stream; those without an answer of their own get what the origin does. */
export type StreamAnswer = (arrived: OriginStream) => void

/** A service that speaks nothing but HTTP/2. */
export interface Http2Origin extends AsyncDisposable {
  readonly port: number
  readonly streams: readonly OriginStream[]
  readonly sessions: readonly ServerHttp2Session[]
  /** Replaces what it does with a stream. */
  answer: StreamAnswer
}

/** Starts one on a free port of 127.0.0.1. */
export async function startHttp2Origin(
  root: TlsRoot,
  host: string,
  settings: { readonly maxConcurrentStreams?: number } = {},
): Promise<Http2Origin> {
  const { certificate: cert, key } = root.leaf(host)
  const streams: OriginStream[] = []
  const sessions: ServerHttp2Session[] = []
  const server = createSecureServer({ cert, key, settings })
  const origin = {
    port: 0,
    streams,
    sessions,
    answer: (arrived: OriginStream) => answerWithBody(arrived),
    [Symbol.asyncDispose]: () => closeServer(server, sessions),
  }
  server.on('session', (session) => {
    const connection = sessions.push(session)
    session.on('error', () => {})
    session.on('stream', (stream, headers, flags, raw) => {
      stream.on('error', () => {})
      const list = raw as unknown as readonly string[]
      const arrived: OriginStream = {
        stream,
        connection,
        raw: list,
        sensitive: (Reflect.get(headers, sensitiveHeaders) as readonly string[] | undefined) ?? [],
        endsWithHead: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0,
        value: (name) => list.find((_, index) => index % 2 === 1 && list[index - 1] === name),
      }
      streams.push(arrived)
      origin.answer(arrived)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin.port = (server.address() as AddressInfo).port
  return origin
}

/** Says back what was sent as the body. */
export function answerWithBody({ stream }: OriginStream): void {
  stream.respond({ ':status': 200, 'content-type': 'text/plain' })
  stream.pipe(stream)
}

async function closeServer(server: Http2SecureServer, sessions: readonly ServerHttp2Session[]): Promise<void> {
  for (const session of sessions) session.destroy()
  server.close()
  await once(server, 'close')
}
