import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import type { ConfiguredSource } from '../sources/configured-source.ts'
import type { DialControl } from '../sources/source-kind.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { type Home, homePaths } from './home.ts'
import type { BrokerSettings } from './settings.ts'

/** The sources of a broker. */
export interface LoadedSources {
  readonly configured: readonly ConfiguredSource[]
  /** For the audit journal; empty where there are none. */
  readonly summary: string
}

/** What sources are opened with. */
export interface LoadSourcesParts {
  readonly clock: Clock
  readonly sourceVariables: Readonly<Record<string, string>>
  readonly upstream: Upstream
}

/** Reads the file of sources, where there is one. @throws CoatcheckError `settings_invalid` */
export async function loadSources(
  home: Home,
  settings: Pick<BrokerSettings, 'sourcesFile'>,
  { clock, sourceVariables, upstream }: LoadSourcesParts,
): Promise<LoadedSources> {
  // Whoever has no sources does not pay for what reads them.
  if (settings.sourcesFile === undefined && !existsSync(homePaths(home).sources)) return { configured: [], summary: '' }
  const { openSources, readSources } = await import('./read-sources.ts')
  const described = readSources(home, settings)
  const variables = new Map(Object.entries(sourceVariables))
  const configured = openSources(described, {
    clock,
    dial: dialControl(upstream),
    homeFolder: homedir(),
    variables,
  })
  return { configured, summary: described.summary }
}

/** SECURITY: the way to what the operator's own configuration names, and to nothing that a sandbox or the API says. */
function dialControl(upstream: Upstream): DialControl {
  return (url, roots, signal) => {
    const scheme = url.protocol === 'https:' ? 'https' : 'http'
    const destination = {
      scheme,
      host: url.hostname,
      port: Number(url.port) || (scheme === 'https' ? 443 : 80),
    } as const
    if (url.username !== '' || url.password !== '')
      throw new CoatcheckError('settings_invalid', { reason: 'a URL has a login' })
    const transport = scheme === 'https' ? 'tls' : 'tcp'
    return upstream.dial(destination, { allowPrivate: true, ...(roots !== undefined && { roots }), transport }, signal)
  }
}
