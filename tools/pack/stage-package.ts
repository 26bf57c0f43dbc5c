import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundledManifest, carrierManifest, type Manifest, publishedFolders, readManifest } from './manifest.ts'
import { publishedFiles } from './published-files.ts'

const scope = '@coatcheck/'

/** Texts that travel with the package, from the root of the repository. */
const texts = ['LICENSE', 'README.md']

/** Lays out in `stage` what is published: the command, with the workspaces that it needs as bundled dependencies. */
export function stagePackage(repository: string, stage: string): Manifest {
  const command = join(repository, 'packages/cli')
  const carrier = readManifest(command)
  const workspaces = bundledWith(repository, carrier)
  copyPublished(command, carrier, stage)
  for (const [folder, manifest] of workspaces) {
    const target = join(stage, 'node_modules', manifest.name)
    copyPublished(folder, manifest, target)
    writeManifest(target, bundledManifest(manifest))
  }
  for (const text of texts) copyFileSync(join(repository, text), join(stage, text))
  const manifest = carrierManifest(
    carrier,
    workspaces.map(([, bundled]) => bundled),
  )
  writeManifest(stage, manifest)
  return manifest
}

/** Our own packages that a manifest depends on, and those that these depend on, each once. */
function bundledWith(repository: string, carrier: Manifest): readonly (readonly [folder: string, Manifest])[] {
  const found = new Map<string, readonly [string, Manifest]>()
  const visit = ({ dependencies = {} }: Manifest): void => {
    for (const name of Object.keys(dependencies)) {
      if (!name.startsWith(scope) || found.has(name)) continue
      const folder = join(repository, 'packages', name.slice(scope.length))
      const manifest = readManifest(folder)
      found.set(name, [folder, manifest])
      visit(manifest)
    }
  }
  visit(carrier)
  return [...found.values()].sort(([one], [other]) => (one < other ? -1 : 1))
}

function copyPublished(workspace: string, manifest: Manifest, stage: string): void {
  for (const { source, target } of publishedFiles(workspace, publishedFolders(manifest))) {
    const path = join(stage, target)
    mkdirSync(dirname(path), { recursive: true })
    copyFileSync(source, path)
    chmodSync(path, target.startsWith('bin/') ? 0o755 : 0o644)
  }
}

function writeManifest(folder: string, manifest: Manifest): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
