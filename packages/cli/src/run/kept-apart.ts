import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { type Home, homePaths } from '@coatcheck/broker/home'
import { filesOf, readHomeSettings } from '@coatcheck/broker/settings'
import { CoatcheckError } from '@coatcheck/contract'
import type { Mount } from '@coatcheck/launchers'

/**
 * What no mount may show. SECURITY: SEC-04. Neither vault, nor key, nor a socket of the broker is ever within a mount, nor a
 * file that decides for the next broker where secrets go.
 * @throws CoatcheckError `settings_invalid`
 */
export function keptApart(home: Home): readonly string[] {
  return [home.data, home.keys, home.run, ...filesOf(readHomeSettings(home))]
}

/** Says which mount holds a file that the settings of the home name. @throws CoatcheckError `mount_forbidden` | `settings_invalid` */
export function demandApart(mounts: readonly Mount[], home: Home): void {
  for (const file of filesOf(readHomeSettings(home))) {
    const holder = mounts.find(({ source }) => holds(source, file))
    if (holder === undefined) continue
    const reason = `it holds ${file}, by which the settings of this home say how services are reached`
    throw new CoatcheckError('mount_forbidden', { path: holder.source, reason })
  }
}

/**
 * Says which mount holds a file that a source of the home reads, or a program that it runs. SECURITY: SEC-06. What a sandbox can read is no
 * secret, and what it can write is nothing that the broker runs.
 * @throws CoatcheckError `mount_forbidden` | `settings_invalid`
 */
export async function demandSourcesApart(mounts: readonly Mount[], home: Home): Promise<void> {
  if (!existsSync(homePaths(home).sources)) return
  const { readSourceNeeds } = await import('@coatcheck/broker/offline')
  for (const place of readSourceNeeds(home).places) {
    const holder = mounts.find(({ source }) => holds(source, place))
    if (holder === undefined) continue
    const reason = `it holds ${place}, from which a source of this home has its value`
    throw new CoatcheckError('mount_forbidden', { path: holder.source, reason })
  }
}

function holds(folder: string, file: string): boolean {
  try {
    const real = realpathSync(folder)
    // A link in a mount leads elsewhere as soon as somebody inside wants it to.
    return [realpathSync(file), join(realpathSync(dirname(file)), basename(file))].some((path) => liesIn(path, real))
  } catch {
    // A file that is not there is refused by the broker, in its own words.
    return false
  }
}

function liesIn(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith('../')
}
