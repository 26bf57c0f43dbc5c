import type { ControlFields } from './control-fields.ts'
import type { HeadFault } from './head-fault.ts'

/** Where the body of a message ends. */
export type BodyFraming =
  /** There is none. `declared`: the head has a Content-Length, which goes on with the message. */
  | { readonly kind: 'none'; readonly declared: boolean }
  /** In bytes, at least 1. */
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** With the connection; of responses only. */
  | { readonly kind: 'until-close' }

const none: BodyFraming = { kind: 'none', declared: false }
const empty: BodyFraming = { kind: 'none', declared: true }
const chunked: BodyFraming = { kind: 'chunked' }
const untilClose: BodyFraming = { kind: 'until-close' }

/** Fifteen digits are exact as a number, and more than anyone sends. */
const byteCount = /^[0-9]{1,15}$/

/** How the body of a request is framed, RFC 9112 §6.3. */
export function requestFraming(controls: ControlFields, minor: 0 | 1, method: string): BodyFraming | HeadFault {
  const framing = declaredFraming(controls, minor) ?? none
  if ('fault' in framing) return framing
  // SECURITY: what follows a CONNECT is the tunnel to some readers, llhttp among them, and a body to others.
  if (method === 'CONNECT' && framing.kind !== 'none') return { fault: 'connect_body' }
  return framing
}

/** How the body of the response to a request with this method is framed, RFC 9112 §6.3. */
export function responseFraming(
  controls: ControlFields,
  minor: 0 | 1,
  status: number,
  method: string,
): BodyFraming | HeadFault {
  const declared = declaredFraming(controls, minor)
  if (declared !== undefined && 'fault' in declared) return declared
  const isTunnel = method === 'CONNECT' && status >= 200 && status < 300
  const isBare = method === 'HEAD' || status < 200 || status === 204 || status === 304 || isTunnel
  if (isBare) return controls.contentLength === undefined ? none : empty
  return declared ?? untilClose
}

/** SECURITY: exactly one Content-Length or exactly one `chunked`: whatever else there is, two readers may disagree about. */
function declaredFraming(controls: ControlFields, minor: 0 | 1): BodyFraming | HeadFault | undefined {
  const { contentLength, transferEncoding, fault } = controls
  if (fault !== undefined) return { fault }
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) return { fault: 'length_and_encoding' }
    // RFC 9112 §6.1: HTTP/1.0 has no chunks, so somebody on the way may have passed them on as they were.
    const isChunked = minor === 1 && transferEncoding.toLowerCase() === 'chunked'
    return isChunked ? chunked : { fault: 'encoding_unsupported' }
  }
  if (contentLength === undefined) return undefined
  if (!byteCount.test(contentLength)) return { fault: 'length_invalid' }
  const length = Number(contentLength)
  return length === 0 ? empty : { kind: 'length', length }
}
