import { parseSoakOptions, soakUsage } from './options.ts'
import { runSoak } from './run-soak.ts'
import { soakSockets } from './soak-sockets.ts'

async function main(): Promise<number> {
  const options = parseSoakOptions(process.argv.slice(2))
  if (options === undefined) {
    console.log(soakUsage)
    return 0
  }
  if (options.kind === 'sockets') return soakSockets(options.sessions)
  const { rows, breaches } = await runSoak(options.seconds)
  const width = Math.max(...rows.map(([what]) => what.length))
  for (const [what, value] of rows) console.log(`${what.padEnd(width)}  ${value}`)
  for (const breach of breaches) console.error(`breach: ${breach}`)
  return breaches.length > 0 ? 1 : 0
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof TypeError ? error.message : error)
  return 1
})
