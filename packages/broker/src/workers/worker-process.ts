import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// As in the process itself: sources are compiled at every start otherwise.
if (import.meta.filename.endsWith('.ts')) {
  enableCompileCache(join(import.meta.dirname, '../../../../node_modules/.cache/coatcheck'))
}
await import('./run-worker.ts')
