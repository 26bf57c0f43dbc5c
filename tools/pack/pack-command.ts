import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stagePackage } from './stage-package.ts'

/** A package that can be installed. */
export interface PackedCommand {
  readonly path: string
  /** Paths inside, without the folder `package`. */
  readonly files: readonly string[]
}

/** Makes the package of the `coatcheck` command in `destination`. */
export async function packCommand(repository: string, destination: string): Promise<PackedCommand> {
  const stage = mkdtempSync(join(tmpdir(), 'coatcheck-pack-'))
  try {
    mkdirSync(destination, { recursive: true })
    await stagePackage(repository, stage)
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination]
    const output = execFileSync('npm', args, { cwd: stage, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    const [packed] = JSON.parse(output) as [{ filename: string; files: { path: string }[] }]
    return { path: join(destination, packed.filename), files: packed.files.map(({ path }) => path) }
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}
