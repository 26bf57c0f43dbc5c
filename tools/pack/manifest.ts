import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The fields of a `package.json` that publishing reads or writes. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: unknown
  readonly dependencies?: Readonly<Record<string, string>>
  readonly bundleDependencies?: readonly string[]
  readonly [field: string]: unknown
}

/** Reads the manifest of a package. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** The manifest of the command as it is published: it has everything inside, and wants nothing. */
export function commandManifest(command: Manifest, broker: Manifest): Manifest {
  return {
    ...command,
    files: ['bin', 'assets', 'dist'],
    dependencies: { [broker.name]: broker.version },
    bundleDependencies: [broker.name],
  }
}

/** The manifest of the broker inside it: what the command starts, what that starts, and what it hands to sandboxes. */
export function brokerManifest({ dependencies: _inside, ...broker }: Manifest): Manifest {
  return {
    ...broker,
    files: ['assets', 'dist'],
    exports: {
      './process': './dist/broker-process.js',
      './connector': './dist/connector-process.js',
      './worker': './dist/worker-process.js',
      './expressions': './dist/expressions.js',
      './node-preload.cjs': './assets/node-preload.cjs',
    },
  }
}
