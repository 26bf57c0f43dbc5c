import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCode } from './bundle-code.ts'
import { brokerManifest, commandManifest, type Manifest, readManifest } from './manifest.ts'
import { thirdPartyTexts } from './third-party-texts.ts'

/** Texts that travel with the package, from the root of the repository. */
const texts = ['LICENSE', 'README.md']

/** Lays out in `stage` what is published: the command, with the broker that it starts inside. */
export async function stagePackage(repository: string, stage: string): Promise<void> {
  const [command, broker] = ['packages/cli', 'packages/broker'].map((folder) => join(repository, folder)) as [
    string,
    string,
  ]
  const inside = join(stage, 'node_modules', readManifest(broker).name)
  const modules = [
    ...(await bundleCode(repository, { entries: { start: 'packages/cli/src/start.ts' }, folder: join(stage, 'dist') })),
    ...(await bundleCode(repository, {
      entries: {
        'broker-process': 'packages/broker/src/broker-process.ts',
        'connector-process': 'packages/broker/src/connectors/process/connector-process.ts',
        expressions: 'packages/broker/src/policy/expressions/compile-expression.ts',
        'worker-process': 'packages/broker/src/workers/worker-process.ts',
      },
      folder: join(inside, 'dist'),
    })),
  ]
  copyFolder(join(command, 'bin'), join(stage, 'bin'), 0o755)
  copyFolder(join(command, 'assets'), join(stage, 'assets'))
  copyFolder(join(broker, 'assets'), join(inside, 'assets'))
  for (const text of texts) copyFileSync(join(repository, text), join(stage, text))
  writeFileSync(join(stage, 'dist/THIRD-PARTY-LICENSES.txt'), thirdPartyTexts(modules))
  const [outer, inner] = [readManifest(command), readManifest(broker)]
  writeManifest(stage, commandManifest(outer, inner))
  writeManifest(inside, brokerManifest(inner))
}

function copyFolder(source: string, target: string, mode = 0o644): void {
  mkdirSync(target, { recursive: true })
  cpSync(source, target, { recursive: true })
  for (const name of readdirSync(target)) chmodSync(join(target, name), mode)
}

function writeManifest(folder: string, manifest: Manifest): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}
