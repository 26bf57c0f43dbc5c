import { spawnSync } from 'node:child_process'
import { writeSync } from 'node:fs'
import { systemClock } from '../foundation/clock.ts'
import { Journal } from './journal.ts'

/** Bound of every loop, so that a forgotten child ends. */
const maxBatches = 20_000

const [mode = '', directory = '', name = ''] = process.argv.slice(2)
const journal = new Journal({ directory, nodeId: 'node-1', clock: systemClock })
const note = 'n'.repeat(300)
let next = 0

/** Appends a batch and tells, line by line, which ids were acknowledged. */
async function appendBatch(size: number): Promise<number> {
  const ids = Array.from({ length: size }, () => `exc_${name}_${next++}`)
  const entries = ids.map((id) => ({ id, kind: 'exchange.intended', project: 'default', note }) as const)
  const results = await Promise.allSettled(entries.map((entry) => journal.append(entry)))
  const acknowledged = ids.filter((_, index) => results[index]?.status === 'fulfilled')
  if (acknowledged.length > 0) writeSync(1, `${acknowledged.join('\n')}\n`)
  return acknowledged.length
}

if (mode === 'until-killed') {
  // Batches of several sizes: small ones die between writes, large ones within.
  for (let batch = 0; batch < maxBatches; batch++) await appendBatch(batch % 10 === 9 ? 400 : 1 + (batch % 4))
}

if (mode === 'until-full') {
  let acknowledged = 0
  for (let batch = 0; batch < maxBatches; batch++) {
    acknowledged = await appendBatch(7)
    if (acknowledged < 7) break
  }
  const refused = { acknowledged, state: journal.state, again: await appendBatch(3), repeated: await appendBatch(3) }
  spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:unlimited'])
  const recovered = { acknowledged: await appendBatch(7), state: journal.state }
  await journal.close()
  writeSync(2, JSON.stringify({ refused, recovered }))
}
