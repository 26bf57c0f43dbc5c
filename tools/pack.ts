import { join, resolve } from 'node:path'
import { packCommand } from './pack/pack-command.ts'

const repository = join(import.meta.dirname, '..')
const destination = resolve(process.argv[2] ?? join(repository, 'dist-packages'))
const { path, files } = await packCommand(repository, destination)
console.log(`${path} (${files.length} files)`)
