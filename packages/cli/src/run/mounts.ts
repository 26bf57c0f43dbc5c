import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { CoatcheckError } from '@coatcheck/contract'
import type { Mount } from '@coatcheck/launchers'

/**
 * The folders that a sandbox sees: the working directory, and what `--mount DIR[:ro]` names. Naming the working directory
 * says how that is mounted.
 */
export function mountsFor(cwd: string, options: readonly string[]): readonly Mount[] {
  const mounts = new Map([[cwd, true]])
  for (const text of options) {
    const [, path = text, readOnly] = /^(.+?)(:ro)?$/s.exec(text) ?? []
    mounts.set(resolve(cwd, path), readOnly === undefined)
  }
  return [...mounts].map(([source, writable]) => ({ source, writable }))
}

/** Whether all of them are there, before anything is started for them. @throws CoatcheckError `mount_forbidden` */
export function demandMounts(mounts: readonly Mount[]): void {
  const absent = mounts.find(({ source }) => !existsSync(source))
  if (absent !== undefined)
    throw new CoatcheckError('mount_forbidden', { path: absent.source, reason: 'it does not exist' })
}
