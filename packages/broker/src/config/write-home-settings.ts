import { realpathSync, rmSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'
import { sweepUnfinished, writeFileAtomically } from '../foundation/write-file-atomically.ts'
import { systemResolver } from '../upstream/resolver.ts'
import { refuseWorkTree } from '../vault/key-file-location.ts'
import { type Home, homePaths } from './home.ts'
import { openUpstream } from './open-upstream.ts'
import { prepareHome } from './prepare-home.ts'
import { checkHomeSettings, type HomeSettings } from './read-home-settings.ts'

/**
 * Puts settings into a home, in the place of those that are there, and gives them as they were written. Brokers read them
 * when they start; what one could not start with is refused, and changes nothing.
 * @throws CoatcheckError `settings_invalid` | `home_unusable` | `key_unusable` | `storage_unavailable`
 */
export function writeHomeSettings(home: Home, wanted: HomeSettings): HomeSettings {
  const { settings: path } = homePaths(home)
  openUpstream(checkHomeSettings(wanted), { ownEndpoints: [], resolver: systemResolver })
  const settings = withRealPaths(wanted)
  // Said again where the key is made; here it keeps folders from being made in a repository.
  refuseWorkTree(home.keys)
  prepareHome(home)
  try {
    sweepUnfinished(path)
    if (Object.keys(settings).length === 0) rmSync(path, { force: true })
    else writeFileAtomically(path, `${JSON.stringify(settings, null, 2)}\n`)
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new CoatcheckError('storage_unavailable', { path, reason }, { cause: error })
  }
  return settings
}

/** SECURITY: a link may lie where a sandbox can write; the file that it leads to now is what was meant. */
function withRealPaths({ upstreamProxyFile, rootsFile, ...rest }: HomeSettings): HomeSettings {
  return {
    ...rest,
    ...(upstreamProxyFile !== undefined && { upstreamProxyFile: realpathSync(upstreamProxyFile) }),
    ...(rootsFile !== undefined && { rootsFile: realpathSync(rootsFile) }),
  }
}
