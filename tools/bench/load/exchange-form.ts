import { matchesPattern, mebibyte, smallBody, text, uploadAnswer } from '../wire/contents.ts'
import type { ExchangeName } from './job.ts'
import type { Route, ServiceName, Target } from './route.ts'

/** What one exchange sends, and what its answer must be. */
export interface ExchangeForm {
  readonly service: ServiceName
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Set where no credential is sent; another field has its length then. */
  readonly isOpen?: true
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
const get = { service: 'api', method: 'GET', upload: 0 } as const
const download = (size: number) => ({
  method: 'GET' as const,
  upload: 0,
  download: size,
  isRight: (piece: Buffer, offset: number) => offset + piece.length <= size && matchesPattern(piece, offset),
})
const textDown = {
  ...download(text.length),
  isRight: (piece: Buffer, offset: number) =>
    offset + piece.length <= text.length && matchesPattern(piece, offset, text),
}
/** Stands in a path for a number that is another one in each request, of as many digits. */
export const numberMark = '0000000000'
const upBytes = 8 * mebibyte

/** The form of each exchange. */
export const exchangeForms: Readonly<Record<ExchangeName, ExchangeForm>> = {
  small: { path: '/small', ...get, ...exactly(smallBody) },
  'small-open': { path: '/open/small', isOpen: true, ...get, ...exactly(smallBody) },
  'small-new': { path: `/small?n=${numberMark}`, ...get, ...exactly(smallBody) },
  'text-1-mib': { service: 'api', path: '/text', ...textDown },
  'text-1-mib-open': { service: 'api', path: '/open/text', isOpen: true, ...textDown },
  'down-1-mib': { service: 'api', path: '/down/1', ...download(mebibyte) },
  'down-100-mib': { service: 'api', path: '/down/100', ...download(100 * mebibyte) },
  'up-8-mib': { service: 'stream', method: 'POST', path: '/up', upload: upBytes, ...exactly(uploadAnswer(upBytes)) },
}

/** What SDKs send beside host and credential. */
const usualFields = [
  ['User-Agent', 'bench/1.0 (linux; x64)'],
  ['Accept', 'application/json'],
  ['Accept-Encoding', 'identity'],
  ['Accept-Language', 'en'],
  ['Cache-Control', 'no-store'],
  ['X-Client-Version', '2026-11-01'],
  ['X-Request-Source', 'bench'],
] as const

/** The head of a request in the size that SDKs send, nine fields and the framing of a body. */
export function requestHead(
  { method, path, upload, isOpen }: Pick<ExchangeForm, 'isOpen' | 'method' | 'path' | 'upload'>,
  { hostField }: Target,
  { credential }: Route,
): string {
  const framing = upload > 0 ? [['Content-Length', upload] as const] : []
  const shown =
    isOpen === true
      ? ['X-Bench-Field', `Bearer ${'x'.repeat(credential.length)}`]
      : ['Authorization', `Bearer ${credential}`]
  const fields = [['Host', hostField], shown, ...usualFields, ...framing]
  return `${method} ${path} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

/** The same for HTTP/2, of a request without a body. The credential is the last one. */
export function requestFields(
  { method, path }: Pick<ExchangeForm, 'method' | 'path'>,
  { hostField }: Target,
  { credential }: Route,
): readonly (readonly [string, string])[] {
  const pseudo = [
    [':method', method],
    [':scheme', 'https'],
    [':authority', hostField],
    [':path', path],
  ] as const
  const fields = usualFields.map(([name, value]) => [name.toLowerCase(), value] as const)
  return [...pseudo, ...fields, ['authorization', `Bearer ${credential}`]]
}
