import { matchesPattern, mebibyte, smallBody, uploadAnswer } from '../wire/contents.ts'
import type { ExchangeName } from './job.ts'
import type { Route, ServiceName, Target } from './route.ts'

/** What one exchange sends, and what its answer must be. */
export interface ExchangeForm {
  readonly service: ServiceName
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Bytes of the pattern that are sent. */
  readonly upload: number
  /** Bytes of the answer’s body. */
  readonly download: number
  /** Whether a piece of the answer’s body is right at its offset. */
  isRight(piece: Buffer, offset: number): boolean
}

const exactly = (text: string) => {
  const bytes = Buffer.from(text)
  return {
    download: bytes.length,
    isRight: (piece: Buffer, offset: number) =>
      offset + piece.length <= bytes.length &&
      bytes.compare(piece, 0, piece.length, offset, offset + piece.length) === 0,
  }
}
const download = (size: number) => ({
  method: 'GET' as const,
  upload: 0,
  download: size,
  isRight: (piece: Buffer, offset: number) => offset + piece.length <= size && matchesPattern(piece, offset),
})
const upBytes = 8 * mebibyte

/** The form of each exchange. */
export const exchangeForms: Readonly<Record<ExchangeName, ExchangeForm>> = {
  small: { service: 'api', method: 'GET', path: '/small', upload: 0, ...exactly(smallBody) },
  'down-1-mib': { service: 'api', path: '/down/1', ...download(mebibyte) },
  'down-100-mib': { service: 'api', path: '/down/100', ...download(100 * mebibyte) },
  'up-8-mib': { service: 'stream', method: 'POST', path: '/up', upload: upBytes, ...exactly(uploadAnswer(upBytes)) },
}

/** The head of a request in the size that SDKs send, nine fields and the framing of a body. */
export function requestHead(
  { method, path, upload }: Pick<ExchangeForm, 'method' | 'path' | 'upload'>,
  { hostField }: Target,
  { credential }: Route,
): string {
  const framing = upload > 0 ? `Content-Length: ${upload}\r\n` : ''
  return (
    `${method} ${path} HTTP/1.1\r\nHost: ${hostField}\r\nUser-Agent: bench/1.0 (linux; x64)\r\nAccept: application/json\r\n` +
    `Accept-Encoding: identity\r\nAccept-Language: en\r\nAuthorization: Bearer ${credential}\r\n` +
    `Cache-Control: no-store\r\nX-Client-Version: 2026-11-01\r\nX-Request-Source: bench\r\n${framing}\r\n`
  )
}
