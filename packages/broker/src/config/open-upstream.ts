import { createHash } from 'node:crypto'
import { DirectUpstream, type DirectUpstreamOptions } from '../upstream/direct-upstream.ts'
import { ProxiedUpstream } from '../upstream/proxied-upstream.ts'
import { readRoots } from '../upstream/read-roots.ts'
import { TrustStore } from '../upstream/trust-store.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { parseProxyExceptions, parseUpstreamProxy } from '../upstream/upstream-proxy.ts'
import { readSettingFile } from './read-setting-file.ts'
import type { BrokerSettings } from './settings.ts'

/** The way to services that the settings describe, and what sandboxes must trust to use it. */
export interface OpenedUpstream {
  readonly upstream: Upstream
  /** Further roots for every service, PEM; empty when there are none. */
  readonly roots: string
  /** `host:port` of the operator's proxy; null where there is none. */
  readonly proxy: string | null
  /** `host:port` of the proxy through which a host is reached; null where it is reached without one. */
  readonly proxyFor: (host: string, isPinned: boolean) => string | null
  /** The settings for the audit journal, in words; empty when there are none. */
  readonly summary: string
}

/**
 * Reads the settings of the way to services; dials nothing yet.
 * @throws CoatcheckError `settings_invalid`
 */
export function openUpstream(
  settings: BrokerSettings,
  options: Pick<DirectUpstreamOptions, 'ownEndpoints' | 'resolver'>,
): OpenedUpstream {
  const { rootsFile, upstreamProxyExcept = [] } = settings
  const roots = rootsFile === undefined ? '' : rootsIn(rootsFile)
  const trust = new TrustStore(roots)
  const direct = new DirectUpstream({ ...options, trust })
  const isException = parseProxyExceptions(upstreamProxyExcept)
  const text = proxyText(settings)
  if (text === undefined)
    return { upstream: direct, roots, proxy: null, proxyFor: () => null, summary: rootsSummary(roots) }
  const proxy = parseUpstreamProxy(text)
  const name = `${proxy.host}:${proxy.port}`
  return {
    upstream: new ProxiedUpstream({ proxy, direct, isException, trust }),
    roots,
    proxy: name,
    proxyFor: (host, isPinned) => (isPinned || isException(host) ? null : name),
    summary: [`upstream proxy ${name}, ${upstreamProxyExcept.length} exceptions`, rootsSummary(roots)]
      .filter((text) => text !== '')
      .join('; '),
  }
}

/** The roots themselves are public and too long for a record; who has the file can tell whether it was this one. */
function rootsSummary(roots: string): string {
  return roots === '' ? '' : `further roots sha256:${createHash('sha256').update(roots).digest('hex')}`
}

function rootsIn(path: string): string {
  return readRoots(readSettingFile('roots', path), 'settings_invalid')
}

function proxyText({ upstreamProxy, upstreamProxyFile }: BrokerSettings): string | undefined {
  if (upstreamProxyFile === undefined) return upstreamProxy
  return readSettingFile('upstream proxy', upstreamProxyFile, { secret: true })
}
