import { parseArgs } from 'node:util'
import { runSoak } from './run-soak.ts'
import { soakSockets } from './soak-sockets.ts'

const usualSeconds = 600
const usualSessions = 1_000

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: String(usualSeconds) },
    sessions: { type: 'string', default: String(usualSessions) },
  },
})
const seconds = Number(values.seconds)
if (positionals[0] === 'sockets') process.exitCode = await soakSockets(Number(values.sessions))
else if (!Number.isInteger(seconds) || seconds < 1) {
  console.error(
    'Usage: npm run soak -- [--seconds N]   (default: 600)\n       npm run soak -- sockets [--sessions N]   (default: 1000)',
  )
  process.exitCode = 2
} else {
  const { rows, breaches } = await runSoak(seconds)
  const width = Math.max(...rows.map(([what]) => what.length))
  for (const [what, value] of rows) console.log(`${what.padEnd(width)}  ${value}`)
  for (const breach of breaches) console.error(`breach: ${breach}`)
  process.exitCode = breaches.length > 0 ? 1 : 0
}
