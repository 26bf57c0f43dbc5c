import { createHash } from 'node:crypto'
import type { BodyCaps } from '../egress/body-caps.ts'
import { DirectUpstream, type DirectUpstreamOptions } from '../upstream/direct-upstream.ts'
import { ProxiedUpstream } from '../upstream/proxied-upstream.ts'
import { readRoots } from '../upstream/read-roots.ts'
import { TrustStore } from '../upstream/trust-store.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { parseProxyExceptions, parseUpstreamProxy } from '../upstream/upstream-proxy.ts'
import { readBodyCaps } from './read-body-caps.ts'
import { readSettingFile } from './read-setting-file.ts'
import type { BrokerSettings } from './settings.ts'

/** What the settings of the way to services say, read from their files. */
export interface UpstreamTexts {
  /** Further roots for every service, PEM; empty when there are none. */
  readonly roots: string
  /** URL of the operator's proxy. */
  readonly proxy?: string
  readonly exceptions: readonly string[]
  readonly bodyCaps: BodyCaps
  /** The caps for the audit journal; empty when there are none. */
  readonly capsWords: string
}

/** The way to services that the settings describe, and what sandboxes must trust to use it. */
export interface OpenedUpstream {
  readonly upstream: Upstream
  /** Further roots for every service, PEM; empty when there are none. */
  readonly roots: string
  /** `host:port` of the operator's proxy; null where there is none. */
  readonly proxy: string | null
  /** `host:port` of the proxy through which a host is reached; null where it is reached without one. */
  readonly proxyFor: (host: string, isPinned: boolean) => string | null
  /** Longest bodies to and from services. */
  readonly bodyCaps: BodyCaps
  /** The settings for the audit journal, in words; empty when there are none. */
  readonly summary: string
  /** What it was opened with. SECURITY: the URL of a proxy may hold a password. */
  readonly texts: UpstreamTexts
}

/**
 * Reads the settings of the way to services; dials nothing yet.
 * @throws CoatcheckError `settings_invalid`
 */
export function openUpstream(
  settings: BrokerSettings,
  options: Pick<DirectUpstreamOptions, 'ownEndpoints' | 'resolver'>,
): OpenedUpstream {
  const { rootsFile, upstreamProxyExcept: exceptions = [] } = settings
  const roots = rootsFile === undefined ? '' : rootsIn(rootsFile)
  const proxy = proxyText(settings)
  const bodyCaps = readBodyCaps(settings)
  const capsWords = capsSummary(settings)
  return openUpstreamWith({ roots, exceptions, bodyCaps, capsWords, ...(proxy !== undefined && { proxy }) }, options)
}

/** Opens the way again that was read before. @throws CoatcheckError `settings_invalid` */
export function openUpstreamWith(
  texts: UpstreamTexts,
  options: Pick<DirectUpstreamOptions, 'ownEndpoints' | 'resolver'>,
): OpenedUpstream {
  const { roots, proxy: text, exceptions, bodyCaps, capsWords } = texts
  const trust = new TrustStore(roots)
  const direct = new DirectUpstream({ ...options, trust })
  const isException = parseProxyExceptions(exceptions)
  const otherWords = [rootsSummary(roots), capsWords].filter((words) => words !== '')
  if (text === undefined) {
    const summary = otherWords.join('; ')
    return { upstream: direct, roots, proxy: null, proxyFor: () => null, bodyCaps, summary, texts }
  }
  const proxy = parseUpstreamProxy(text)
  const name = `${proxy.host}:${proxy.port}`
  return {
    upstream: new ProxiedUpstream({ proxy, direct, isException, trust }),
    roots,
    proxy: name,
    proxyFor: (host, isPinned) => (isPinned || isException(host) ? null : name),
    bodyCaps,
    summary: [`upstream proxy ${name}, ${exceptions.length} exceptions`, ...otherWords].join('; '),
    texts,
  }
}

function capsSummary({ maxRequestBytes, maxResponseBytes }: BrokerSettings): string {
  const words = [
    ...(maxRequestBytes === undefined ? [] : [`requests of ${maxRequestBytes} bytes at most`]),
    ...(maxResponseBytes === undefined ? [] : [`responses of ${maxResponseBytes} bytes at most`]),
  ]
  return words.join('; ')
}

/** The roots themselves are public and too long for a record; who has the file can tell whether it was this one. */
function rootsSummary(roots: string): string {
  return roots === '' ? '' : `further roots sha256:${createHash('sha256').update(roots).digest('hex')}`
}

function rootsIn(path: string): string {
  return readRoots(readSettingFile('roots', path), 'settings_invalid')
}

function proxyText({ upstreamProxy, upstreamProxyFile }: BrokerSettings): string | undefined {
  if (upstreamProxy === false) return undefined
  if (upstreamProxyFile === undefined) return upstreamProxy
  return readSettingFile('upstream proxy', upstreamProxyFile, { secret: true })
}
