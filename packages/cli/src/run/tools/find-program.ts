import { accessSync, constants, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The absolute folders of a PATH, each once. */
export function pathFolders(path: string | undefined): readonly string[] {
  const folders = (path ?? '').split(':').filter((folder) => folder.startsWith('/'))
  return [...new Set(folders.map((folder) => resolve(folder)))]
}

/** Where a shell would find a program: the first of these folders that has it. */
export function findProgram(name: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

/** Whether a path leads to a plain file that the caller may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
