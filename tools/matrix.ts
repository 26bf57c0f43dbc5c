import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { matrixCases } from '../test/matrix/matrix-cases.ts'
import { installTools } from '../test/matrix/matrix-tools.ts'
import { withTable } from '../test/matrix/table.ts'
import { tryWays } from '../test/matrix/try-ways.ts'

const root = join(import.meta.dirname, '..')
const page = join(root, 'docs/clients.md')

using tools = installTools(join(root, 'test/clients/inside'))
const tried = await tryWays(matrixCases(tools), tools.folder)
for (const { client, ...outcomes } of tried) {
  for (const [way, outcome] of Object.entries(outcomes)) {
    if (outcome === undefined || !('failed' in outcome)) continue
    console.error(`${client.client}, ${way}: ${outcome.failed}`)
    process.exitCode = 1
  }
}
writeFileSync(page, withTable(readFileSync(page, 'utf8'), tried))
