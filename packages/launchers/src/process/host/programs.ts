import { accessSync, constants } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'

/** Where the programs of the host are looked up. Never the caller's PATH: that may name a folder an agent can write. */
export const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin'

const packageOf: Readonly<Record<string, string>> = {
  bwrap: 'bubblewrap',
  cat: 'coreutils',
  env: 'coreutils',
  ip: 'iproute2',
  mount: 'mount',
  nsenter: 'util-linux',
  prlimit: 'util-linux',
  setpriv: 'util-linux',
  sh: 'dash',
  sleep: 'coreutils',
  stat: 'coreutils',
  unshare: 'util-linux',
}

/** Every program of the host that a gateway or a sandbox needs. */
export const requiredPrograms: readonly string[] = Object.keys(packageOf)

/** Absolute path of a program of the host, or nothing when it is not installed. */
export function findProgram(name: string): string | undefined {
  for (const folder of systemPath.split(':')) {
    const path = `${folder}/${name}`
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Absent here; the next folder may have it.
    }
  }
  return undefined
}

/** One sentence saying what to install when a program is missing. */
export function missingProgram(name: string): string {
  return `The program ${name} is missing: install the package ${packageOf[name] ?? name}.`
}

/**
 * Absolute path of a program that must be there.
 * @throws CoatcheckError `launch_impossible`
 */
export function requireProgram(name: string): string {
  const path = findProgram(name)
  if (path === undefined) throw new CoatcheckError('launch_impossible', { reason: missingProgram(name) })
  return path
}
