import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A file that a package publishes: where it is, and where it goes, relative to the package. */
export interface PublishedFile {
  readonly source: string
  readonly target: string
}

const isTest = /\.(?:test|suite|child)\.ts$/

/**
 * What a built workspace publishes: the compiled form of each source that is no test, and the files of the folders that
 * its manifest names beside `dist`. Taken from the sources, so that what an earlier build left in `dist` stays out.
 * @throws Error when a source was not compiled
 */
export function publishedFiles(workspace: string, folders: readonly string[]): readonly PublishedFile[] {
  const compiled = filesBelow(join(workspace, 'src'))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && !isTest.test(path))
    .map((path) => {
      const target = join('dist', relative(join(workspace, 'src'), path).replace(/\.ts$/, '.js'))
      const source = join(workspace, target)
      if (!existsSync(source)) throw new Error(`${source} is missing: build first`)
      return { source, target }
    })
  const others = folders
    .filter((folder) => folder !== 'dist')
    .flatMap((folder) => filesBelow(join(workspace, folder)))
    .map((source) => ({ source, target: relative(workspace, source) }))
  return [...compiled, ...others]
}

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
