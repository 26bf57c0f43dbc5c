import { setTimeout as sleep } from 'node:timers/promises'
import { treeMemoryBytes } from '../measure/process-tree.ts'
import { checkedRun } from './checked-run.ts'
import { everyPeer, type Scenario } from './scenario.ts'

/** What was freed is given back to the system only after a while. */
const settleMs = 2_000

function define(name: string, size: 0 | 1): Scenario {
  return {
    name,
    title: `memory of tunnels that had one request and are idle (${size === 0 ? 'few' : 'many'})`,
    unit: 'tunnel',
    cores: 'apart',
    peers: everyPeer.filter((peer) => peer !== 'direct'),
    // Memory that a process once had changes what the next tunnels need.
    maxRounds: 1,
    async measure(stage) {
      const { loader, key, pid, route, sizes } = stage
      await loader.prepare(key, { kind: 'idle', route })
      await sleep(settleMs)
      const before = treeMemoryBytes(pid)
      const { completed } = await checkedRun(stage, { count: sizes.idleTunnels[size] })
      await sleep(settleMs)
      const after = treeMemoryBytes(pid)
      await loader.close(key)
      return { kilobytes: (after - before) / 1000 / completed, baseKilobytes: before / 1000 }
    },
  }
}

/** A number of tunnels that every peer can have. */
export const idleFew: Scenario = define('idle-few', 0)

/** As many as the goal names. */
export const idleMany: Scenario = define('idle-many', 1)
