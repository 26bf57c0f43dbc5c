import { accessSync, constants, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Folders of the host that every sandbox sees. */
const visible = ['/usr/', '/bin/', '/sbin/', '/lib/']

/** Why a program of the host was not found in a sandbox, and the option that shows it; empty when it is nowhere. */
export function missingProgramHint(program: string, user: Readonly<Record<string, string>>): readonly string[] {
  if (program.includes('/')) return []
  const folders = (user['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'))
  const found = folders.map((folder) => join(folder, program)).find(isExecutable)
  if (found === undefined) return []
  // An installation has its programs in `bin`, and beside that what they need.
  const installations = new Set([found, realpathSync(found)].map((path) => dirname(dirname(path))))
  const hidden = [...installations].filter((folder) => !visible.some((place) => `${folder}/`.startsWith(place)))
  if (hidden.length === 0) return []
  const mounts = hidden.map((folder) => `--mount ${folder}:ro`).join(' ')
  return [`${program} is at ${found}, which the sandbox does not see; ${mounts} would show it`]
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
