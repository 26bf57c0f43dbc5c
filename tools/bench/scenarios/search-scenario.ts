import type { ExchangeName } from '../load/job.ts'
import { mebibyte } from '../wire/contents.ts'
import type { Scenario, Stage } from './scenario.ts'
import { runSide, type Side, takeTurns } from './take-turns.ts'

interface SearchScenario {
  readonly name: string
  readonly title: string
  /** With a secret, whose reply is searched, and without one. */
  readonly exchanges: readonly [searched: ExchangeName, bare: ExchangeName]
  readonly connections: number
  readonly per: 'request' | 'MiB'
  /** Share of the warm-up of small requests, by count. */
  readonly warmUpShare: number
}

function define({ exchanges, connections, per, warmUpShare, ...rest }: SearchScenario): Scenario {
  const sidesOf = ({ key, route }: Stage): Side[] =>
    exchanges.map((exchange, at) => ({ key: at === 0 ? key : `${key}, ${exchange}`, route, exchange, connections }))
  return {
    ...rest,
    unit: per,
    cores: 'apart',
    peers: ['own', 'reference'],
    async warmUp(stage) {
      const count = Math.ceil(stage.sizes.warmUpRequests * warmUpShare)
      for (const side of sidesOf(stage)) await runSide(stage, side, { count, durationMs: stage.sizes.warmUpMs })
    },
    async measure(stage) {
      const [cpuUs = Number.NaN, bareCpuUs = Number.NaN] = await takeTurns(
        stage,
        sidesOf(stage),
        ({ bytes, completed }) => (per === 'request' ? completed : bytes / mebibyte),
      )
      return { cpuUs, bareCpuUs }
    },
  }
}

/** What a secret on a small request costs, with the search of the reply. */
export const searchSmall: Scenario = define({
  name: 'search-small',
  title: 'small JSON with a secret and without one, 32 connections',
  exchanges: ['small', 'small-open'],
  connections: 32,
  per: 'request',
  warmUpShare: 0.5,
})

/** The same where the reply is text of a mebibyte. */
export const searchText: Scenario = define({
  name: 'search-text',
  title: '1 MiB of JSON with a secret and without one, 8 connections',
  exchanges: ['text-1-mib', 'text-1-mib-open'],
  connections: 8,
  per: 'MiB',
  warmUpShare: 0.02,
})
