import type { Duplex } from 'node:stream'
import { CoatcheckError } from '@coatcheck/contract'
import { formatAuthority } from '../foundation/destination.ts'
import { ChunkedDecoder } from '../http/chunked-decoder.ts'
import { findHeadEnd, maxHeadBytes } from '../http/head-end.ts'
import type { HeaderField } from '../http/header-field.ts'
import { type ParsedResponse, parseResponseHead } from '../http/parse-response-head.ts'
import { renderFields, renderRequestLine } from '../http/render-head.ts'
import type { TokenAnswer, TokenEndpoint, TokenQuestion, WrittenQuestion } from '../injection/derivation.ts'
import type { DialOptions, Upstream } from '../upstream/upstream.ts'

/** Longest body that is read, in bytes; tokens have a few thousand. */
const maxAnswerBytes = 64 * 1024

/** Heads that may come before the one that counts, such as `100 Continue`. */
const maxInterimHeads = 4

/**
 * Sends one question to a token endpoint, on a connection of its own, and reads the answer, of at most `maxAnswerBytes`. Nothing is
 * followed and nothing tried again.
 * @throws CoatcheckError as `Upstream.dial` does, `upstream_malformed` | `upstream_unreachable`; rejects with the signal's reason
 */
export async function askTokenEndpoint(
  upstream: Upstream,
  endpoint: TokenEndpoint,
  question: TokenQuestion,
  reach: Omit<DialOptions, 'transport' | 'protocols'>,
  signal: AbortSignal,
): Promise<TokenAnswer> {
  const { destination } = endpoint
  const connection = await upstream.dial(destination, { ...reach, transport: 'tls', protocols: ['http/1.1'] }, signal)
  const stop = (): void => void connection.destroy(signal.reason as Error)
  connection.on('error', () => {})
  signal.addEventListener('abort', stop, { once: true })
  try {
    signal.throwIfAborted()
    const asked = written(question)
    connection.write(renderQuestion(endpoint, asked))
    return await readAnswer(connection, asked.method)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof CoatcheckError) throw error
    throw new CoatcheckError('upstream_unreachable', { host: destination.host }, { cause: error })
  } finally {
    signal.removeEventListener('abort', stop)
    connection.destroy()
  }
}

function renderQuestion({ destination, path }: TokenEndpoint, question: WrittenQuestion): Buffer {
  const { method, query = '', body, fields } = question
  const bytes = Buffer.from(body, 'utf8')
  const length = method === 'GET' ? {} : { 'Content-Length': String(bytes.length) }
  const written = { ...usualFields, ...fields, ...length, Connection: 'close' }
  const all: HeaderField[] = [
    { name: 'Host', value: formatAuthority(destination) },
    ...Object.entries(written).map(([name, value]) => ({ name, value })),
  ]
  const target = query === '' ? path : `${path}?${query}`
  const head = `${renderRequestLine(method, target)}${renderFields(all)}\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

const usualFields = { Accept: 'application/json', 'Accept-Encoding': 'identity', 'User-Agent': 'coatcheck' }

/** A question of OAuth as it is written. */
function written(question: TokenQuestion): WrittenQuestion {
  if (!('form' in question)) return question
  const { form, authorization } = question
  return {
    method: 'POST',
    body: new URLSearchParams({ ...form }).toString(),
    fields: {
      'Content-Type': 'application/x-www-form-urlencoded',
      ...(authorization !== undefined && { Authorization: authorization }),
    },
  }
}

async function readAnswer(connection: Duplex, method: string): Promise<TokenAnswer> {
  const chunks = connection[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let bytes: Buffer = Buffer.alloc(0)
  const readMore = async (): Promise<boolean> => {
    const { done, value } = await chunks.next()
    if (done === true) return false
    bytes = Buffer.concat([bytes, value])
    return true
  }
  for (let turn = 0; turn < maxInterimHeads; turn++) {
    let end = findHeadEnd(bytes, 0, 0)
    while (end < 0) {
      if (bytes.length > maxHeadBytes || !(await readMore())) throw malformed('no head')
      end = findHeadEnd(bytes, 0, 0)
    }
    const head = parseResponseHead(bytes.toString('latin1', 0, end), method)
    if ('fault' in head) throw malformed(head.fault)
    bytes = bytes.subarray(end)
    if (head.status >= 200) return { status: head.status, body: await readBody(head, bytes, chunks) }
  }
  throw malformed('no answer behind interim ones')
}

async function readBody(
  { fields, framing }: ParsedResponse,
  first: Buffer,
  chunks: AsyncIterator<Buffer>,
): Promise<Buffer> {
  const encoding = fields.find(({ name }) => name.toLowerCase() === 'content-encoding')?.value ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') throw malformed('it is compressed')
  if (framing.kind === 'none') return Buffer.alloc(0)
  if (framing.kind === 'length' && framing.length > maxAnswerBytes) throw malformed('too long')
  const parts: Buffer[] = []
  let length = 0
  const take = (slice: Buffer): void => {
    length += slice.length
    if (length <= maxAnswerBytes) parts.push(slice)
  }
  const decoder = framing.kind === 'chunked' ? new ChunkedDecoder(take, { trailers: 'drop' }) : undefined
  const isWhole = (): boolean => (framing.kind === 'length' ? length >= framing.length : decoder?.done === true)
  for (let next: Buffer | undefined = first; next !== undefined; ) {
    if (decoder === undefined) take(next)
    else decoder.write(next, 0)
    if (decoder?.fault !== undefined) throw malformed(decoder.fault.fault)
    if (length > maxAnswerBytes) throw malformed('too long')
    if (isWhole()) break
    const { done, value } = await chunks.next()
    if (done === true && framing.kind !== 'until-close') throw malformed('cut off')
    next = done === true ? undefined : value
  }
  const body = Buffer.concat(parts)
  return framing.kind === 'length' ? body.subarray(0, framing.length) : body
}

function malformed(reason: string): CoatcheckError {
  return new CoatcheckError('upstream_malformed', { reason })
}
