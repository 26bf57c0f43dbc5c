import { keepRecord } from '../report/keep-results.ts'
import { runSockets } from './run-sockets.ts'
import { parseSocketOptions, socketUsage } from './socket-options.ts'
import { socketReport } from './socket-report.ts'

/** What a void row says where the broker has no connector for a protocol, which is no fault of the run. */
const notThere = /scope_invalid|injector|scheme/i

/** `npm run bench -- sockets`. @returns the exit code */
export async function benchSockets(args: readonly string[]): Promise<number> {
  const options = parseSocketOptions(args)
  if (options === undefined) {
    console.log(socketUsage)
    return 0
  }
  const results = await runSockets(options, (text) => console.error(text))
  const text = socketReport(results)
  console.log(options.json ? JSON.stringify(results, null, 2) : text)
  if (options.keep) console.error(`kept as ${keepRecord(results, text, 'sockets')}.json and .md`)
  const voids = results.tables.flatMap(({ rows }) => rows).filter(({ contender }) => contender === 'coatcheck')
  return voids.some(({ voidReason }) => voidReason !== undefined && !notThere.test(voidReason)) ? 1 : 0
}
