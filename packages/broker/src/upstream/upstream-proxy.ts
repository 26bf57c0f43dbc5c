import { isIP } from 'node:net'
import { CoatcheckError } from '@coatcheck/contract'

/** A proxy of the operator's through which services are reached. */
export interface UpstreamProxy {
  /** Name or address literal. */
  readonly host: string
  readonly port: number
  /** Value of the `Proxy-Authorization` field. SECURITY: sent to the proxy, and put into no error, log or reply. */
  readonly authorization?: string
}

const usualPort = 80

/**
 * Reads `http://[user:password@]host[:port]`. SECURITY: refusals repeat nothing of the text, which may hold a password.
 * @throws CoatcheckError `settings_invalid`
 */
export function parseUpstreamProxy(text: string): UpstreamProxy {
  const url = URL.parse(text.trim())
  if (url === null || !/^[a-z][a-z0-9]*:\/\//i.test(text.trim())) throw invalid('it is not a URL')
  if (url.protocol !== 'http:') throw invalid('its scheme is not http')
  if (url.hostname === '') throw invalid('it names no host')
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') throw invalid('it has a path')
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const authorization = authorizationOf(url)
  return { host, port: url.port === '' ? usualPort : Number(url.port), ...(authorization && { authorization }) }
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  const user = decoded(username)
  // RFC 7617 §2: the first colon ends the user's name.
  if (user.includes(':')) throw invalid('the user’s name has a colon')
  return `Basic ${Buffer.from(`${user}:${decoded(password)}`).toString('base64')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('user and password are not percent-encoded')
  }
}

/**
 * Which hosts are reached without the proxy: exact names, and `.example.com` or `*.example.com` for all names below one.
 * @throws CoatcheckError `settings_invalid`
 */
export function parseProxyExceptions(patterns: readonly string[]): (host: string) => boolean {
  const texts = patterns.map((pattern) => pattern.trim().toLowerCase()).filter((pattern) => pattern !== '')
  const odd = texts.find((text) => isIP(text) !== 0 || !/^(?:\*?\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(text))
  if (odd !== undefined) {
    throw new CoatcheckError('settings_invalid', {
      setting: 'upstream proxy exceptions',
      reason: `${odd} is neither a host nor a suffix such as .example.com`,
    })
  }
  const exact = new Set(texts.filter((text) => /^[a-z0-9]/.test(text)))
  const suffixes = texts.filter((text) => !exact.has(text)).map((text) => text.replace(/^\*/, ''))
  return (host) => exact.has(host) || suffixes.some((suffix) => host.endsWith(suffix))
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('settings_invalid', {
    setting: 'upstream proxy',
    reason,
    hint: 'Write http://[user:password@]host:port.',
  })
}
