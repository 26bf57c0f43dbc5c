import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { PeerName } from './peers/peer.ts'
import { peers } from './peers/registry.ts'
import { scenarios } from './scenarios/registry.ts'
import type { Scenario, Sizes } from './scenarios/scenario.ts'

/** What the bench was asked for. */
export interface BenchOptions {
  readonly scenarios: readonly Scenario[]
  readonly peers: readonly PeerName[]
  readonly rounds: number
  readonly sizes: Sizes
  /** Only our own planes and the direct way, and a judgement on errors and on the ratio of the planes. */
  readonly short: boolean
  readonly json: boolean
  readonly keep: boolean
  /** The `coatcheck.cjs` that is measured; what would be shipped of this repository when absent. */
  readonly product?: string
}

/** Scenarios of the short form. */
const shortScenarios = [
  'small',
  'latency',
  'h2',
  'down-1',
  'up-8',
  'search-small',
  'search-text',
  'events',
  'tunnels-full',
  'tunnels-resumed',
  'first-host',
]
const shortPeers: readonly PeerName[] = ['direct', 'own', 'reference']

/** What `--help` says. */
export const usage = `Usage: npm run bench -- [options]
       npm run bench -- sockets [options]

Measures Coatcheck as it is shipped, beside other programs on this machine that can do a like job, in interleaved rounds.

  --only NAME,…     scenarios, or what several begin with: ${scenarios.map(({ name }) => name).join(', ')}
  --peers NAME,…    peers beside direct, own and reference; all that are installed when absent
  --rounds N        rounds of each scenario (default 5; 3 with --short)
  --seconds S       length of one measurement (default 2; 1 with --short)
  --warm-up N       small requests before the first measurement (default 40000), others in proportion
  --tunnels N,M     idle tunnels, few and many (default 1000,10000)
  --product FILE    the coatcheck.cjs to measure, e.g. of an installed package (default: what would be
                    shipped of this repository)
  --short           only direct, own and reference; ends with 1 on any error, or when the own plane
                    needs more than half of the processor time of the reference plane
  --json            print the results as JSON
  --keep            write them to docs/benchmarks as well
Ends with 1 when a row of ours is void.`

/** Reads the command line; undefined when help is wanted. @throws TypeError for what it does not know */
export function parseOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string', default: '40000' },
      tunnels: { type: 'string', default: '1000,10000' },
      product: { type: 'string' },
      short: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const { short } = values
  const measureMs = 1000 * positive('seconds', values.seconds ?? (short ? '1' : '2'))
  const [few = 0, many = few] = values.tunnels.split(',').map((text) => positive('tunnels', text))
  const known = scenarios.map(({ name }) => name)
  const named = namesIn('only', values.only, known) ?? (short ? shortScenarios : known)
  return {
    scenarios: scenarios.filter(({ name }) => named.some((wanted) => isMeant(name, wanted))),
    peers: short ? shortPeers : choosePeers(values.peers),
    rounds: positive('rounds', values.rounds ?? (short ? '3' : '5')),
    sizes: {
      measureMs,
      warmUpRequests: positive('warm-up', values['warm-up']),
      warmUpMs: 10_000,
      idleTunnels: [few, many],
    },
    short,
    json: values.json,
    keep: values.keep,
    ...(values.product !== undefined && { product: resolve(values.product) }),
  }
}

function choosePeers(text: string | undefined): readonly PeerName[] {
  const all = peers.map(({ name }) => name)
  const named = namesIn('peers', text, all)
  return named === undefined ? all : all.filter((name) => shortPeers.includes(name) || named.includes(name))
}

function namesIn(option: string, text: string | undefined, known: readonly string[]): readonly string[] | undefined {
  const names = text?.split(',').filter((name) => name !== '')
  const stranger = names?.find((wanted) => !known.some((name) => isMeant(name, wanted)))
  if (stranger !== undefined) throw new TypeError(`--${option}: there is no ${stranger}, but ${known.join(', ')}`)
  return names
}

/** `idle` means all of `idle-few` and `idle-many`. */
function isMeant(name: string, wanted: string): boolean {
  return name === wanted || name.startsWith(`${wanted}-`)
}

function positive(option: string, text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new TypeError(`--${option}: ${text} is not a number above 0`)
  return number
}
