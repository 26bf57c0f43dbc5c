import type { ExchangeName, Job } from '../load/job.ts'
import { mebibyte } from '../wire/contents.ts'
import { checkedRun } from './checked-run.ts'
import { everyPeer, type Scenario, type Stage } from './scenario.ts'

interface RequestScenario {
  readonly name: string
  readonly title: string
  readonly exchange: ExchangeName
  readonly connections: number
  /** Present over HTTP/2: requests at a time on each connection. */
  readonly streams?: number
  /** Everyone, unless it says otherwise. */
  readonly peers?: Scenario['peers']
  readonly cores: Scenario['cores']
  /** How processor time is told: for one request, or for a mebibyte of bodies. */
  readonly per: 'request' | 'MiB'
  /** Share of the warm-up of small requests, by count. */
  readonly warmUpShare: number
}

function define({ exchange, connections, streams, per, warmUpShare, ...rest }: RequestScenario): Scenario {
  const job = ({ route }: Stage): Job =>
    streams === undefined
      ? { kind: 'requests', route, exchange, connections }
      : { kind: 'streams', route, connections, streams }
  return {
    peers: everyPeer,
    ...rest,
    unit: per,
    async warmUp(stage) {
      const { loader, key, sizes } = stage
      await loader.prepare(key, job(stage))
      const count = Math.ceil(sizes.warmUpRequests * warmUpShare)
      await checkedRun(stage, { count, durationMs: sizes.warmUpMs })
    },
    async measure(stage) {
      await stage.loader.prepare(stage.key, job(stage))
      const result = await checkedRun(stage, { durationMs: stage.sizes.measureMs })
      const { bytes, completed, cpuSeconds, elapsedMs, p50Us = 0, p99Us = 0 } = result
      const units = per === 'request' ? completed : bytes / mebibyte
      return {
        cpuUs: (cpuSeconds * 1e6) / units,
        p50Us,
        p99Us,
        perSecond: (completed * 1000) / elapsedMs,
        ...(per === 'MiB' && { megabytesPerSecond: bytes / 1000 / elapsedMs }),
      }
    },
  }
}

/** Small answers, the clients waiting for each other's turn at the peer. */
export const small: Scenario = define({
  name: 'small',
  title: 'small JSON, intercepted, 32 connections',
  exchange: 'small',
  connections: 32,
  cores: 'apart',
  per: 'request',
  warmUpShare: 1,
})

/** The same on one connection, with everything on one processor. */
export const latency: Scenario = define({
  name: 'latency',
  title: 'latency of small JSON, one connection, all on one core',
  exchange: 'small',
  connections: 1,
  cores: 'together',
  per: 'request',
  warmUpShare: 1,
})

/** Small answers over HTTP/2; the origin speaks HTTP/1.1, as it does to all of them everywhere else. */
export const h2: Scenario = define({
  name: 'h2',
  title: 'small JSON, HTTP/2 to the client, 8 connections of 10 streams',
  exchange: 'small',
  connections: 8,
  streams: 10,
  peers: ['own', 'nginx', 'haproxy', 'caddy'],
  cores: 'apart',
  per: 'request',
  warmUpShare: 1,
})

/** Bodies of a mebibyte to the client. */
export const down1: Scenario = define({
  name: 'down-1',
  title: '1 MiB down, 8 connections',
  exchange: 'down-1-mib',
  connections: 8,
  cores: 'apart',
  per: 'MiB',
  warmUpShare: 0.04,
})

/** Bodies of a hundred mebibytes to the client. */
export const down100: Scenario = define({
  name: 'down-100',
  title: '100 MiB down, 2 connections',
  exchange: 'down-100-mib',
  connections: 2,
  cores: 'apart',
  per: 'MiB',
  warmUpShare: 0.0003,
})

/** Bodies of eight mebibytes to the origin. */
export const up8: Scenario = define({
  name: 'up-8',
  title: '8 MiB up, 4 connections',
  exchange: 'up-8-mib',
  connections: 4,
  cores: 'apart',
  per: 'MiB',
  warmUpShare: 0.004,
})
