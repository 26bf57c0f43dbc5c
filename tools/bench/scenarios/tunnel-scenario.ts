import type { Job } from '../load/job.ts'
import { checkedRun } from './checked-run.ts'
import { everyPeer, type Scenario, type Stage } from './scenario.ts'

const warmUpShare = 0.025

function define(name: string, title: string, resume: boolean): Scenario {
  const job = ({ route }: Stage): Job => ({ kind: 'tunnels', route, resume })
  return {
    name,
    title,
    unit: 'tunnel',
    cores: 'apart',
    peers: everyPeer,
    async warmUp(stage) {
      await stage.loader.prepare(stage.key, job(stage))
      const count = Math.ceil(stage.sizes.warmUpRequests * warmUpShare)
      await checkedRun(stage, { count, durationMs: stage.sizes.warmUpMs })
    },
    async measure(stage) {
      await stage.loader.prepare(stage.key, job(stage))
      const result = await checkedRun(stage, { durationMs: stage.sizes.measureMs })
      const { completed, cpuSeconds, elapsedMs, p50Us = 0, p99Us = 0, resumed = 0 } = result
      return {
        cpuUs: (cpuSeconds * 1e6) / completed,
        p50Us,
        p99Us,
        perSecond: (completed * 1000) / elapsedMs,
        resumedShare: resumed / completed,
      }
    },
  }
}

/** New connections of a client that has never been here. */
export const tunnelsFull: Scenario = define('tunnels-full', 'new tunnels with one request, full handshake', false)

/** New connections of a client that resumes its session where the peer lets it. */
export const tunnelsResumed: Scenario = define(
  'tunnels-resumed',
  'new tunnels with one request, the client resumes where it can',
  true,
)
