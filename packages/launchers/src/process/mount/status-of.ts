import { lstatSync, type Stats } from 'node:fs'

/** What lies at a path, the link itself if it is one; nothing when there is nothing, or a file where a folder should be. */
export function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}
