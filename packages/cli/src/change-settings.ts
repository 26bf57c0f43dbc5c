import type { Home } from '@coatcheck/broker/home'
import { type HomeSettings, readHomeSettings } from '@coatcheck/broker/settings'

/**
 * Changes settings of a home, and leaves the others; a proxy is one thing, however it is given. Gives what the home has now.
 * @throws CoatcheckError `settings_invalid` | `home_unusable` | `key_unusable` | `storage_unavailable`
 */
export async function changeSettings(home: Home, next: HomeSettings): Promise<HomeSettings> {
  const { upstreamProxy: _url, upstreamProxyFile: _file, ...rest } = readHomeSettings(home)
  const isProxyNew = next.upstreamProxy !== undefined || next.upstreamProxyFile !== undefined
  const settings = { ...(isProxyNew ? rest : readHomeSettings(home)), ...next }
  const { writeHomeSettings } = await import('@coatcheck/broker/offline')
  return writeHomeSettings(home, settings)
}
