import { checkedRun } from './checked-run.ts'
import { everyPeer, type Scenario } from './scenario.ts'

const streams = 50
/** A stream needs a while until its events are a fair sample. */
const leastMs = 500

/** Events on their way from the origin to the client. */
export const events: Scenario = {
  name: 'events',
  title: `event streams, ${streams} of 20 events a second`,
  unit: 'event',
  cores: 'apart',
  peers: everyPeer,
  async warmUp({ loader, key, route, sizes }) {
    await loader.prepare(key, { kind: 'events', route, streams })
    await checkedRun({ loader, key, pid: 0 }, { durationMs: Math.max(leastMs, sizes.measureMs) })
  },
  async measure(stage) {
    const { loader, key, route, sizes } = stage
    await loader.prepare(key, { kind: 'events', route, streams })
    try {
      const result = await checkedRun(stage, { durationMs: Math.max(leastMs, sizes.measureMs) })
      const { completed, cpuSeconds, elapsedMs, p50Us = 0, p99Us = 0 } = result
      return { cpuUs: (cpuSeconds * 1e6) / completed, p50Us, p99Us, perSecond: (completed * 1000) / elapsedMs }
    } finally {
      // Streams that go on would disturb the peer that is measured next.
      await loader.close(key)
    }
  },
}
