import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a target of `exports` may be: a path, or one for each condition. */
type ExportTarget = string | Readonly<Record<string, string>>

/** The fields of a `package.json` that publishing reads or writes. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly files?: readonly string[]
  readonly exports?: Readonly<Record<string, ExportTarget>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly bundleDependencies?: readonly string[]
  readonly [field: string]: unknown
}

/** Reads the manifest of a package. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The manifest of a workspace that travels inside another package: no types, and no sources to resolve to. */
export function bundledManifest({ exports = {}, ...manifest }: Manifest): Manifest {
  const compiled = Object.entries(exports).map(([path, target]) => {
    return [path, typeof target === 'string' ? target : (target['default'] ?? '')] as const
  })
  return { ...manifest, files: publishedFolders(manifest), exports: Object.fromEntries(compiled) }
}

/**
 * The manifest of the package that carries `bundled` inside itself: their third-party dependencies are its own.
 * @throws Error when a version is not exact, or two workspaces want different ones
 */
export function carrierManifest(carrier: Manifest, bundled: readonly Manifest[]): Manifest {
  const names = bundled.map(({ name }) => name)
  const dependencies: Record<string, string> = {}
  for (const { name: wanter, dependencies: wanted = {} } of [carrier, ...bundled]) {
    for (const [name, version] of Object.entries(wanted)) {
      if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
        throw new Error(`${wanter} wants ${name} ${version}, which is not exact`)
      if ((dependencies[name] ?? version) !== version) throw new Error(`${name} is wanted in two versions`)
      dependencies[name] = version
    }
  }
  const sorted = Object.entries(dependencies).sort(([one], [other]) => (one < other ? -1 : 1))
  return {
    ...carrier,
    files: publishedFolders(carrier),
    dependencies: Object.fromEntries(sorted),
    bundleDependencies: names,
  }
}

/** The folders that a manifest publishes, without the patterns that leave something out. */
export function publishedFolders({ files = [] }: Pick<Manifest, 'files'>): readonly string[] {
  return files.filter((entry) => !entry.startsWith('!'))
}
