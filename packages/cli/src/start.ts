import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Sources are stripped of their types and compiled at every start; keeping the result beside the packages halves that time.
if (import.meta.filename.endsWith('.ts')) {
  enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/coatcheck'))
}
await import('./main.ts')
