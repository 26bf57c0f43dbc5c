import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// As in the process itself.
const isSource = import.meta.filename.endsWith('.ts')
enableCompileCache(join(import.meta.dirname, isSource ? '../../../../node_modules/.cache/coatcheck' : '../.cache'))
await import('./run-worker.ts')
