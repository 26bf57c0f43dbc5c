import { parseArgs } from 'node:util'
import { runSoak } from './run-soak.ts'

const usualSeconds = 600

const { values } = parseArgs({ options: { seconds: { type: 'string', default: String(usualSeconds) } } })
const seconds = Number(values.seconds)
if (!Number.isInteger(seconds) || seconds < 1) {
  console.error('Usage: npm run soak -- [--seconds N]   (default: 600)')
  process.exitCode = 2
} else {
  const { rows, breaches } = await runSoak(seconds)
  const width = Math.max(...rows.map(([what]) => what.length))
  for (const [what, value] of rows) console.log(`${what.padEnd(width)}  ${value}`)
  for (const breach of breaches) console.error(`breach: ${breach}`)
  process.exitCode = breaches.length > 0 ? 1 : 0
}
