import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import type { Clock } from '../foundation/clock.ts'
import type { ConfiguredSource } from '../sources/configured-source.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { dialControl } from './dial-control.ts'
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
    dialWith: (roots) => dialControl(upstream, roots),
    homeFolder: homedir(),
    variables,
  })
  return { configured, summary: described.summary }
}
