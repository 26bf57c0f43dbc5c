import { join } from 'node:path'
import { repositoryRoot } from '../../test/fixtures/source-files.ts'
import { stagePackage } from '../pack/stage-package.ts'

/**
 * The `coatcheck.cjs` that is measured: the one that was named, or what would be shipped of this repository, laid out in a new
 * folder of `ground`.
 */
export async function measuredProduct(named: string | undefined, ground: string): Promise<string> {
  if (named !== undefined) return named
  const folder = join(ground, 'product')
  await stagePackage(repositoryRoot, folder)
  return join(folder, 'bin/coatcheck.cjs')
}
