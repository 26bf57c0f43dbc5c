import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stagePackage } from './pack/stage-package.ts'

/** The package as it is published, laid out for the tests of one run. */
export interface PublishedForm {
  /** Its folder, from the root of the repository. */
  readonly folder: string
  [Symbol.dispose](): void
}

/**
 * Lays the package out inside the repository, where it finds the Node that the repository carries. What starts from it takes a
 * third of the time that sources take, and is what people install.
 */
export async function layOutPublishedForm(root: string): Promise<PublishedForm> {
  const place = join(root, 'node_modules/.cache')
  mkdirSync(place, { recursive: true })
  const folder = mkdtempSync(join(place, 'published-'))
  // Tests start it as another user, too.
  chmodSync(folder, 0o755)
  const dispose = () => rmSync(folder, { recursive: true, force: true })
  try {
    await stagePackage(root, folder)
    return { folder: relative(root, folder), [Symbol.dispose]: dispose }
  } catch (error) {
    dispose()
    throw error
  }
}
