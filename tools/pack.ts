import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { packCommand } from './pack/pack-command.ts'

const repository = join(import.meta.dirname, '..')
const destination = resolve(process.argv[2] ?? join(repository, 'dist-packages'))

// From scratch: what is published depends on the sources alone.
const compile = [join(repository, 'node_modules/typescript/bin/tsc'), '-b', '--force', 'packages/cli']
const { status } = spawnSync(process.execPath, compile, { cwd: repository, stdio: 'inherit' })
if (status !== 0) process.exit(status ?? 1)
const { path, files } = packCommand(repository, destination)
console.log(`${path} (${files.length} files)`)
