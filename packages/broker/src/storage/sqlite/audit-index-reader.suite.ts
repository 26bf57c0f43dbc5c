import { writeSync } from 'node:fs'
import { SqliteAuditIndex } from './audit-index.ts'

/** Bound of the loop, so that a forgotten child ends. */
const maxReads = 100_000

const index = new SqliteAuditIndex(process.argv[2] ?? '')
const read = () => index.query({ project: 'default', limit: 1_000 }).items
const state = { ended: false }
process.stdin.on('end', () => {
  state.ended = true
})
process.stdin.resume()
writeSync(1, 'ready\n')
for (let reads = 0; reads < maxReads && !state.ended; reads++) {
  read()
  await new Promise((resolve) => setImmediate(resolve))
}
const rows = read()
writeSync(1, `${rows.length} ${rows.filter(({ decision }) => decision === 'allowed').length}`)
index.close()
