import { timeDecisions } from '../decide/time-decisions.ts'
import type { ExchangeName } from '../load/job.ts'
import { divideCores } from '../measure/cores.ts'
import type { Scenario, Stage } from './scenario.ts'
import { runSide, type Side, takeTurns } from './take-turns.ts'

const connections = 32

/** What rules cost by themselves: a decision in a process that does nothing else. */
export const decideRules: Scenario = {
  name: 'decide-rules',
  title: 'one decision: 1,000 rules over 100 grants, in one list, with body conditions, with expressions',
  unit: 'decision',
  cores: 'apart',
  peers: ['own'],
  maxRounds: 3,
  // Nothing of it is asked: the decisions are timed without a broker.
  startsPeers: true,
  async measure() {
    const { plain, list, body, when } = await timeDecisions(divideCores('apart').peer)
    return {
      rulesP50Us: plain.p50Us,
      rulesP99Us: plain.p99Us,
      listP50Us: list.p50Us,
      listP99Us: list.p99Us,
      bodyP50Us: body.p50Us,
      bodyP99Us: body.p99Us,
      whenP50Us: when.p50Us,
      whenP99Us: when.p99Us,
    }
  },
}

interface DecideScenario {
  readonly name: string
  readonly title: string
  readonly exchange: ExchangeName
}

function define({ exchange, ...rest }: DecideScenario): Scenario {
  const sidesOf = async ({ key, ruledRoutes }: Stage): Promise<Side[]> => {
    if (ruledRoutes === undefined) throw new Error('the peer has no rules')
    const { ruled, empty } = await ruledRoutes()
    return [
      { key, route: ruled, exchange, connections },
      { key: `${key}, no rules`, route: empty, exchange, connections },
    ]
  }
  return {
    ...rest,
    unit: 'request',
    cores: 'apart',
    peers: ['own'],
    async warmUp(stage) {
      const count = Math.ceil(stage.sizes.warmUpRequests / 2)
      for (const side of await sidesOf(stage)) await runSide(stage, side, { count, durationMs: stage.sizes.warmUpMs })
    },
    async measure(stage) {
      const [cpuUs = Number.NaN, unruledCpuUs = Number.NaN] = await takeTurns(
        stage,
        await sidesOf(stage),
        ({ completed }) => completed,
      )
      return { cpuUs, unruledCpuUs }
    },
  }
}

/** What 1,000 rules cost a small request that is like the one before. */
export const decideSmall: Scenario = define({
  name: 'decide-small',
  title: 'small JSON with 1,000 rules over 100 grants and without rules, 32 connections',
  exchange: 'small',
})

/** The same where no request is like another one, so that each is judged. */
export const decideNew: Scenario = define({
  name: 'decide-new',
  title: 'the same, no request like another one',
  exchange: 'small-new',
})
