import { realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'

/** Where a path leads, every symbolic link followed as far as the path exists; the rest of it is as written. */
export function realPath(path: string): string {
  const absolute = resolve(path)
  try {
    return realpathSync(absolute)
  } catch {
    return absolute === dirname(absolute) ? absolute : join(realPath(dirname(absolute)), basename(absolute))
  }
}

/** Whether a path leads to a folder or into it, links followed. */
export function leadsInto(path: string, folder: string): boolean {
  const way = relative(realPath(folder), realPath(path))
  return way !== '..' && !way.startsWith('../')
}
