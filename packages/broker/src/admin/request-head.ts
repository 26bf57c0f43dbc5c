import type { IncomingMessage } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'

const hostForm = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/
/** What a URL parser takes out of a path, so that it is not the path that was sent. */
const dotSegment = /\/(?:\.|%2e){1,2}(?:[/?]|$)/i
const targetForm = /^\/(?!\/)[\x21\x24-\x5b\x5d-\x7e"]*$/

/**
 * SECURITY: R-107. A URL is made out of target and Host before anything is routed. Neither may hold what would move the
 * border between them, and each stands there once.
 * @throws CoatcheckError `request_invalid`
 */
export function checkRequestHead(request: IncomingMessage): void {
  const hosts = request.rawHeaders.filter((_, index) => index % 2 === 0).filter((name) => /^host$/i.test(name))
  const { host } = request.headers
  const isHostless = hosts.length === 0 && request.httpVersion === '1.0'
  if (!isHostless && (hosts.length !== 1 || !hostForm.test(host ?? ''))) throw invalid('the Host field is not a host')
  const target = request.url ?? ''
  if (!targetForm.test(target) || dotSegment.test(target))
    throw invalid('the target of the request is not a plain path')
}

/**
 * SECURITY: a web page whose name was pointed at this address names itself in Host, and is refused.
 * @throws CoatcheckError `host_forbidden`
 */
export function checkHostName(request: IncomingMessage, names: ReadonlySet<string>): void {
  const host = (request.headers.host ?? '').toLowerCase()
  if (!names.has(host) && !isOwnAddress(host, request)) throw new CoatcheckError('host_forbidden')
}

/** An address cannot be pointed elsewhere; the one that was dialled is a good name for the listener. */
function isOwnAddress(host: string, { socket }: IncomingMessage): boolean {
  const address = (socket.localAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  const literal = address.includes(':') ? `[${address}]` : address
  return address !== '' && (host === `${literal}:${socket.localPort}` || host === literal)
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}
