import type { RequestOptions } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'

/** The broker of this machine, for the owner of its home. */
export interface SocketPlace {
  /** Path of its Unix socket. */
  readonly socketPath: string
}

/** A broker that listens for tokens. */
export interface AddressPlace {
  /** `https://host:port`, with a path in front of the API's where a proxy has one; `http` on loopback only. */
  readonly url: string
  /** Text of a token: `cct_…`. */
  readonly token: string
  /** Root certificates to trust instead of the usual ones, PEM. */
  readonly ca?: string
}

/** Where a broker is. */
export type BrokerPlace = SocketPlace | AddressPlace

/** What each request to a broker has in common. */
export interface BrokerAddress {
  readonly isTls: boolean
  readonly options: RequestOptions & { readonly ca?: string }
  readonly pathPrefix: string
  /** Names the place in failures: a path, or a URL without credentials. */
  readonly name: string
}

/**
 * How requests get to a broker.
 * @throws CoatcheckError `request_invalid` for a URL or a token that is none, `tls_required` for one in clear text off loopback
 */
export function addressOf(place: BrokerPlace): BrokerAddress {
  if ('socketPath' in place) {
    const { socketPath } = place
    return { isTls: false, options: { socketPath }, pathPrefix: '', name: socketPath }
  }
  const url = parseUrl(place.url)
  const isTls = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  // SECURITY: a token in clear text belongs to everybody on the way.
  if (!isTls && !isLoopback(host)) throw new CoatcheckError('tls_required', { url: url.origin })
  const options = {
    host,
    port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port),
    headers: { authorization: `Bearer ${demandToken(place.token)}` },
    ...(place.ca === undefined ? {} : { ca: place.ca }),
  }
  return { isTls, options, pathPrefix: url.pathname.replace(/\/$/, ''), name: url.origin }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  const isWhole = url !== null && ['http:', 'https:'].includes(url.protocol) && url.search === '' && url.hash === ''
  if (!isWhole || url.username !== '' || url.password !== '')
    throw new CoatcheckError('request_invalid', {
      reason: 'the address of the broker is not a URL like https://host:port',
    })
  return url
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** SECURITY: the text is not repeated; it may be another secret. */
function demandToken(token: string): string {
  if (!/^[\x21-\x7e]{1,256}$/.test(token))
    throw new CoatcheckError('request_invalid', { reason: 'the token is not one' })
  return token
}
