import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where daemons are installed, which an ordinary user's path often lacks. */
const furtherFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin']

/** The path of an installed program. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...furtherFolders]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
