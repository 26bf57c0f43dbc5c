import { resolve } from 'node:path'
import type { Mount } from '@coatcheck/launchers'

/** The folders that a sandbox sees: the working directory, and what `--mount DIR[:ro]` names. */
export function mountsFor(cwd: string, options: readonly string[]): readonly Mount[] {
  const others = options.map((text) => {
    const [, path = text, readOnly] = /^(.+?)(:ro)?$/s.exec(text) ?? []
    return { source: resolve(cwd, path), writable: readOnly === undefined }
  })
  const workspace = { source: cwd, writable: true }
  return [workspace, ...others.filter(({ source }) => source !== cwd)]
}
