import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installServers, widerSystems } from './install-servers.ts'
import { tryServers } from './try-servers.ts'

const usage = `Usage: npm run test:wider -- [--folder DIR]

Installs servers that Debian 12 does not have into folders (PostgreSQL 18, Redis 8, Valkey 9, MySQL 9, MariaDB 11.8), and tries
the connectors with them. Needs root, mmdebstrap, and about 1.5 GB; the folders stay for the next time.`

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
  const { servers, mariadb } = widerSystems(values.folder)
  for (const system of [servers, mariadb]) {
    for (const name of installServers(system)) console.error(`not installed: ${name}`)
  }
  const outcomes = await tryServers(servers.folder, mariadb.folder)
  const width = Math.max(...outcomes.map(({ what }) => what.length))
  for (const { what, said } of outcomes) console.log(`${what.padEnd(width)}  ${said}`)
  process.exitCode = outcomes.some(({ said }) => said.startsWith('no') && !said.startsWith('not tried')) ? 1 : 0
}
