import type { HomeSettings } from './read-home-settings.ts'
import type { BrokerSettings } from './settings.ts'

/** What a broker works with: what it was started with, and for the rest what its home says. A proxy is one thing, however it is given. */
export function withHomeSettings(given: BrokerSettings, home: HomeSettings): BrokerSettings {
  const { upstreamProxy, upstreamProxyFile, ...rest } = home
  const isGiven = given.upstreamProxy !== undefined || given.upstreamProxyFile !== undefined
  return { ...(isGiven ? rest : home), ...given }
}
