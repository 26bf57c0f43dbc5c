import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Compiling takes a third of a start, and what was compiled is kept beside the code, where that can be written.
// SECURITY: whoever can write there could write the code too; nothing that a home or the environment names is trusted like that.
const isSource = import.meta.filename.endsWith('.ts')
enableCompileCache(join(import.meta.dirname, isSource ? '../../../node_modules/.cache/coatcheck' : '../.cache'))
await import('./run-broker.ts')
