import { hash } from 'node:crypto'
import type { ConfigDefinition, ConfigEntry, ConfigReport } from '@coatcheck/contract'
import { type ConfigStep, stepPhases } from './config-step.ts'
import { KeyedLock } from './keyed-lock.ts'
import { planConfig } from './plan-config.ts'
import { recordAction } from './record-action.ts'
import type { AdminServices } from './services.ts'
import { undeclaredEntries } from './undeclared-entries.ts'

/** One configuration of a project at a time, through whichever door it comes. */
const lock = new KeyedLock()

/**
 * Makes a project what a configuration says, or tells what that would change. What it does not name stays as it is. All of it is checked,
 * and every value fetched, before the first change; what failed after that is made up for by applying it again.
 * @throws CoatcheckError as the routes of the same objects do, and `audit_unavailable`
 */
export function applyConfig(services: AdminServices, config: ConfigDefinition, dryRun: boolean): Promise<ConfigReport> {
  return lock.run(services.project, async () => {
    const { declared, steps } = await planConfig(services, config)
    const undeclared = await undeclaredEntries(services, declared)
    const sha256 = digestOf(config)
    if (!dryRun && steps.length > 0) await take(services, steps, sha256)
    const created = entriesOf(steps, 'created')
    const changed = entriesOf(steps, 'changed')
    const moved = new Set([...created, ...changed].map(keyOf))
    return {
      dryRun,
      sha256,
      created,
      changed,
      unchanged: declared.filter((entry) => !moved.has(keyOf(entry))),
      undeclared,
    }
  })
}

async function take(services: AdminServices, steps: readonly ConfigStep[], sha256: string): Promise<void> {
  using values = new DisposableStack()
  for (const step of steps) await step.ready?.(values)
  const note = `sha256 ${sha256}: ${entriesOf(steps, 'created').length} new, ${entriesOf(steps, 'changed').length} changed`
  // SECURITY: a configuration that the journal knows nothing of does not come into force.
  await recordAction(services, 'config.applied', { note })
  // SECURITY: wherever it stops, what is sure to narrow was done before all else.
  for (const phase of stepPhases) {
    for (const step of steps) if (step.phase === phase) await step.apply()
  }
}

/** Each entry once. */
function entriesOf(steps: readonly ConfigStep[], is: ConfigStep['is']): readonly ConfigEntry[] {
  return [...new Map(steps.filter((step) => step.is === is).map(({ entry }) => [keyOf(entry), entry])).values()]
}

function keyOf({ kind, name }: ConfigEntry): string {
  return `${kind} ${name}`
}

/** SHA-256 of the configuration in JSON with sorted names, in hex: the same for every way to write the same. */
function digestOf(config: ConfigDefinition): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value
  return hash('sha256', JSON.stringify(config, sorted), 'hex')
}
