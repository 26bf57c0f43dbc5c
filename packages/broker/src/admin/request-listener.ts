import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { CoatcheckError, type Problem, problemBody } from '@coatcheck/contract'

/** Limits of a server's connections, for whichever door. */
export const serverLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
} as const

/** Hands requests to the API once `check` found nothing wrong with their heads. */
export function requestListener(handle: RequestListener, check: (request: IncomingMessage) => void): RequestListener {
  return (request, response) => {
    try {
      check(request)
    } catch (error) {
      if (!(error instanceof CoatcheckError)) throw error
      return refuse(response, problemBody(error.code, error.facts))
    }
    handle(request, response)
  }
}

/** Answers without having read the body, and so closes the connection. */
function refuse(response: ServerResponse, body: Problem): void {
  const text = JSON.stringify(body)
  response.writeHead(body.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(text)
}
