import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Everything in a folder, as a line for each entry: its path, type, mode and content. */
export function snapshotTree(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const { mode, uid } = lstatSync(path)
      return `${relative(root, path)} ${mode.toString(8)} ${uid} ${contentOf(path)}`
    })
    .sort()
}

function contentOf(path: string): string {
  const status = lstatSync(path)
  if (status.isSymbolicLink()) return readlinkSync(path)
  return status.isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : ''
}
