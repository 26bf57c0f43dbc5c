import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

/** What the benches of sockets were asked for. */
export interface SocketOptions {
  /** Beginnings of names of benches; all when absent. */
  readonly only?: readonly string[]
  readonly rounds: number
  /** Length of one measurement. */
  readonly seconds: number
  readonly json: boolean
  readonly keep: boolean
  /** The `coatcheck.cjs` that is measured; what would be shipped of this repository when absent. */
  readonly product?: string
}

/** What `sockets --help` says. */
export const socketUsage = `Usage: npm run bench -- sockets [options]

Measures the connectors beside the direct way, and pgbouncer in session mode, in interleaved rounds.

  --only NAME,…   benches whose names begin so: postgres, postgres-8, postgres-idle, redis, mysql …
  --rounds N      rounds of each bench (default 5)
  --seconds S     length of one measurement (default 3)
  --product FILE  the coatcheck.cjs to measure (default: what would be shipped of this repository)
  --json          print the results as JSON
  --keep          write them to docs/benchmarks as well
Ends with 1 when a row of Coatcheck is void for which it has a connector.`

/** Reads the command line; undefined when help is wanted. @throws TypeError for what it does not know */
export function parseSocketOptions(args: readonly string[]): SocketOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      product: { type: 'string' },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const only = values.only?.split(',').filter((name) => name !== '')
  return {
    ...(only && { only }),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    json: values.json,
    keep: values.keep,
    ...(values.product !== undefined && { product: resolve(values.product) }),
  }
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new TypeError(`--${option}: ${text} is not a number above 0`)
  return number
}
