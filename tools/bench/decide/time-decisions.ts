import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pinnedNode } from '../measure/pinned.ts'
import type { DecisionTimesBySet } from './time-decisions.child.ts'

/** Times decisions in a process of their own, with these sources. @param core processor to which it is held */
export async function timeDecisions(core: number | undefined): Promise<DecisionTimesBySet> {
  const script = fileURLToPath(import.meta.resolve('./time-decisions.child.ts'))
  const child = fork(script, [], { ...pinnedNode(core), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let times: DecisionTimesBySet | undefined
  child.on('message', (message: DecisionTimesBySet) => {
    times = message
  })
  const [code, signal] = await once(child, 'close')
  if (times === undefined) throw new Error(`nothing was timed: ${code ?? signal}`)
  return times
}
