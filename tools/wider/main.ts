import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installServers } from './install-servers.ts'
import { tryServers } from './try-servers.ts'

const usage = `Usage: npm run test:wider -- [--folder DIR]

Installs servers that Debian stable does not have into a folder (PostgreSQL 18, Redis 8, Valkey 9, MySQL 9), and tries
the connectors with them. Needs root, mmdebstrap, and about 1 GB; the folder stays for the next time.`

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: join(tmpdir(), 'coatcheck-wider') },
    help: { type: 'boolean', default: false },
  },
})
if (values.help || process.getuid?.() !== 0) {
  console.error(usage)
  process.exitCode = values.help ? 0 : 2
} else {
  for (const name of installServers(values.folder)) console.error(`not installed: ${name}`)
  const outcomes = await tryServers(values.folder)
  const width = Math.max(...outcomes.map(({ what }) => what.length))
  for (const { what, said } of outcomes) console.log(`${what.padEnd(width)}  ${said}`)
  process.exitCode = outcomes.some(({ said }) => said.startsWith('no') && !said.startsWith('not tried')) ? 1 : 0
}
