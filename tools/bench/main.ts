import { parseOptions, usage } from './options.ts'
import { complaints } from './report/complaints.ts'
import { keepResults } from './report/keep-results.ts'
import { reportText } from './report/tables.ts'
import { runBench } from './run-bench.ts'
import { benchSockets } from './sockets/bench-sockets.ts'

const interruptedExitCode = 130

async function main(): Promise<number> {
  const [topic, ...rest] = process.argv.slice(2)
  if (topic === 'sockets') return benchSockets(rest)
  const options = parseOptions(process.argv.slice(2))
  if (options === undefined) {
    console.log(usage)
    return 0
  }
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort(new Error('interrupted'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)
  const results = await runBench(options, interruption.signal, (text) => console.error(text))
  console.log(options.json ? JSON.stringify(results, null, 2) : reportText(results))
  if (options.keep && results.isComplete) console.error(`kept as ${keepResults(results)}.json and .md`)
  const wrong = complaints(results, options.short)
  for (const complaint of wrong) console.error(complaint)
  if (!results.isComplete) {
    console.error('interrupted; everything was stopped')
    return interruptedExitCode
  }
  return wrong.length > 0 ? 1 : 0
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof TypeError ? error.message : error)
  return 1
})
