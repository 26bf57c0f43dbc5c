import { checkedRun } from './checked-run.ts'
import type { Scenario, Stage } from './scenario.ts'

const warmUpShare = 0.01

/** What a name costs that is seen for the first time: a handshake for a new one, less a handshake for a known one. */
export const firstHost: Scenario = {
  name: 'first-host',
  title: 'first-seen host: all that issuing costs',
  unit: 'host',
  cores: 'apart',
  peers: ['own', 'reference'],
  async warmUp(stage) {
    const count = Math.ceil(stage.sizes.warmUpRequests * warmUpShare)
    for (const names of ['same', 'new'] as const)
      await handshakes(stage, names, { count, durationMs: stage.sizes.warmUpMs })
  },
  async measure(stage) {
    const amount = { durationMs: stage.sizes.measureMs }
    const known = await handshakes(stage, 'same', amount)
    const fresh = await handshakes(stage, 'new', amount)
    return { cpuUs: fresh - known }
  },
}

/** Processor time of one handshake. */
async function handshakes(stage: Stage, names: 'new' | 'same', amount: { count?: number; durationMs: number }) {
  const { loader, pid, route } = stage
  const key = `${stage.key} ${names}`
  await loader.prepare(key, { kind: 'handshakes', route, names })
  const { completed, cpuSeconds } = await checkedRun({ loader, key, pid }, amount)
  return (cpuSeconds * 1e6) / completed
}
