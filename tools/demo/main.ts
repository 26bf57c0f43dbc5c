import { parseArgs } from 'node:util'
import { judge } from './facts.ts'
import { play } from './play.ts'
import { setScene } from './scene.ts'
import { tellStory } from './story.ts'

const usage = `Usage: npm run demo [-- --json]

Starts services that accept only the real keys, stores the keys, lets an agent work in a sandbox, then lets it attack.
Everything happens on this machine and is removed at the end.

  --json   print the facts as one JSON object
Ends with 1 when a fact does not hold.`

async function showMainJob(asJson: boolean): Promise<boolean> {
  const startedAt = performance.now()
  await using scene = await setScene()
  const evidence = await play(scene)
  const facts = judge(scene, evidence)
  const ok = facts.every(({ holds }) => holds)
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1))
  const { work, attack } = evidence
  // Without the broker's own words a failed fact could not be understood.
  if (!ok) console.error([work, attack].map(({ exit, stderr }) => `exit ${exit}\n${stderr}`).join('\n'))
  console.log(asJson ? JSON.stringify({ ok, seconds, facts }, null, 2) : tellStory(scene, evidence, facts))
  if (!asJson) console.log(`It took ${seconds} s.`)
  return ok
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
})

if (values.help) {
  console.log(usage)
} else {
  process.exitCode = (await showMainJob(values.json)) ? 0 : 1
}
