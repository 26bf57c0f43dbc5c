import type { BodyFraming } from './body-framing.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import { findHeadEnd, maxHeadBytes } from './head-end.ts'
import type { HeadFaultCode } from './head-fault.ts'
import type { HeaderField } from './header-field.ts'
import { type ParsedRequest, parseRequestHead } from './parse-request-head.ts'
import { type ParsedResponse, parseResponseHead } from './parse-response-head.ts'

/** A message that came whole, with its body as Latin-1 text. */
export interface WholeMessage<Head> {
  readonly head: Head
  readonly body: string
  readonly trailers: readonly HeaderField[]
  /** Offset behind it. */
  readonly end: number
}

/** What a connection's bytes were read as. */
export interface ReadMessages<Head> {
  readonly messages: readonly WholeMessage<Head>[]
  /** Why reading stopped, unless it was for want of bytes. */
  readonly fault: HeadFaultCode | undefined
}

interface ReadBody {
  readonly body: string
  readonly trailers: readonly HeaderField[]
  /** Offset behind it, or -1 for want of bytes. */
  readonly end: number
  readonly fault?: HeadFaultCode
}

/** Reads the requests that came on a connection, up to the first that closes it or takes it over. */
export function readRequests(bytes: Buffer): ReadMessages<ParsedRequest> {
  const messages: WholeMessage<ParsedRequest>[] = []
  let at = 0
  while (at < bytes.length) {
    const headEnd = findHeadEnd(bytes, at, at)
    if (headEnd < 0 || headEnd - at > maxHeadBytes) return { messages, fault: undefined }
    const head = parseRequestHead(bytes.toString('latin1', at, headEnd))
    if ('fault' in head) return { messages, fault: head.fault }
    const { end, fault, ...rest } = readBody(bytes, headEnd, head.framing, 'refuse')
    if (end < 0) return { messages, fault }
    messages.push({ head, ...rest, end })
    if (!head.persistent || head.method === 'CONNECT' || head.upgrade !== undefined) break
    at = end
  }
  return { messages, fault: undefined }
}

/** Reads the one response that came on a connection which was then closed. */
export function readResponse(bytes: Buffer, method: string): ReadMessages<ParsedResponse> {
  const headEnd = findHeadEnd(bytes, 0, 0)
  if (headEnd < 0) return { messages: [], fault: undefined }
  const head = parseResponseHead(bytes.toString('latin1', 0, headEnd), method)
  if ('fault' in head) return { messages: [], fault: head.fault }
  const { end, fault, ...rest } = readBody(bytes, headEnd, head.framing, 'parse')
  return end < 0 ? { messages: [], fault } : { messages: [{ head, ...rest, end }], fault: undefined }
}

/** Reads a chunked body that comes in pieces which end at these offsets. */
export function readChunked(
  bytes: Buffer,
  trailers: 'refuse' | 'parse',
  splits: readonly number[],
): { readonly body: string; readonly taken: number; readonly decoder: ChunkedDecoder } {
  let body = ''
  const decoder = new ChunkedDecoder(
    (slice) => {
      body += slice.toString('latin1')
    },
    { trailers },
  )
  let taken = 0
  for (const split of [...splits, bytes.length]) {
    const piece = bytes.subarray(taken, split)
    taken += decoder.write(piece, 0)
    if (decoder.done || decoder.fault !== undefined) break
  }
  return { body, taken, decoder }
}

function readBody(bytes: Buffer, start: number, framing: BodyFraming, trailers: 'refuse' | 'parse'): ReadBody {
  if (framing.kind === 'none') return { body: '', trailers: [], end: start }
  if (framing.kind === 'until-close') return { body: bytes.toString('latin1', start), trailers: [], end: bytes.length }
  if (framing.kind === 'length') {
    const end = start + framing.length
    const body = bytes.toString('latin1', start, end)
    return { body, trailers: [], end: end > bytes.length ? -1 : end }
  }
  const { body, taken, decoder } = readChunked(bytes.subarray(start), trailers, [])
  if (decoder.fault !== undefined) return { body, trailers: [], end: -1, fault: decoder.fault.fault }
  return { body, trailers: decoder.trailers, end: decoder.done ? start + taken : -1 }
}
