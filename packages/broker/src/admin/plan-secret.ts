import { isDeepStrictEqual } from 'node:util'
import { type Cap, CoatcheckError, type ConfigSecret, type Scope } from '@coatcheck/contract'
import type { Secret } from '../vault/secret.ts'
import { widensSecret } from '../vault/secret-widening.ts'
import { checkRules } from './check-rules.ts'
import type { ConfigStep } from './config-step.ts'
import { prepareSecret } from './prepare-secret.ts'
import { rescopeSecret } from './rescope-secret.ts'
import { saveCaps } from './save-caps.ts'
import type { AdminServices } from './services.ts'
import { widensCaps } from './widens-caps.ts'

/** What becomes of one secret of a configuration. */
export interface PlannedSecret {
  /** None where it is as the configuration says. */
  readonly steps: readonly ConfigStep[]
  /** Those that it will have. */
  readonly scopes: readonly Scope[]
}

/**
 * Compares a secret with what a configuration says of it; changes nothing. What is not said of it stays.
 * SECURITY: SEC-02. A secret goes nowhere new without one who knows its value, so a configuration only narrows one that there is.
 * @throws CoatcheckError `value_required` | `request_invalid` | `scope_invalid` | `rule_invalid` | `source_forbidden` | `provider_not_found`
 */
export async function planSecret(
  services: AdminServices,
  before: Secret,
  declared: ConfigSecret,
): Promise<PlannedSecret> {
  demandSameMaking(before, declared)
  const scopes = scopesOf(services, before, declared)
  const { rules } = declared
  checkRules(rules)
  const given = {
    ...(!isDeepStrictEqual(scopes, before.scopes) && { scopes }),
    ...(rules !== undefined && !isDeepStrictEqual(rules ?? undefined, before.rules) && { rules }),
  }
  const after = { scopes, rules: rules === undefined ? before.rules : (rules ?? undefined) }
  if (widensSecret(before, after)) throw new CoatcheckError('value_required', { secret: before.name })
  const entry = { kind: 'secret', name: before.name } as const
  const steps: ConfigStep[] = []
  if (Object.keys(given).length > 0) {
    const apply = async () => void (await rescopeSecret(services, before.name, given, undefined))
    steps.push({ entry, is: 'changed', phase: 'narrow', apply })
  }
  const capped = await capStep(services, before, declared.caps)
  if (capped !== undefined) steps.push({ entry, is: 'changed', ...capped })
  return { steps, scopes }
}

async function capStep(
  services: AdminServices,
  { id, name }: Secret,
  caps: readonly Cap[] | undefined,
): Promise<Pick<ConfigStep, 'apply' | 'phase'> | undefined> {
  if (caps === undefined) return undefined
  const present = (await services.caps.usageOf(services.project, id)).map(({ cap }) => cap)
  if (isDeepStrictEqual(present, caps)) return undefined
  const phase = widensCaps(present, caps) ? 'widen' : 'narrow'
  return { phase, apply: () => saveCaps(services, { on: 'secret', name, id }, caps) }
}

/** What was settled when the secret was made. SECURITY: of the two, only the present state is trusted; neither is guessed to be meant. */
function demandSameMaking(before: Secret, { provider, rotationDays, sourceName }: ConfigSecret): void {
  const fixed = {
    sourceName: [sourceName, before.source],
    provider: [provider, before.provider],
    rotationDays: [rotationDays, before.rotationDays],
  }
  for (const [field, [said, present]] of Object.entries(fixed)) {
    if (said === undefined || said === present) continue
    const reason = 'it is settled when a secret is made; delete the secret, or take this from the configuration'
    throw new CoatcheckError('request_invalid', { secret: before.name, field, reason })
  }
}

function scopesOf(services: AdminServices, before: Secret, declared: ConfigSecret): readonly Scope[] {
  if (declared.scopes === undefined && declared.provider === undefined) return before.scopes
  const { provider, scopes } = declared
  const { prepared } = prepareSecret(services, { ...(provider && { provider }), ...(scopes && { scopes }) })
  if (before.staged !== undefined) prepared.demandStageable()
  if (before.source !== undefined) services.sources.demandCover(services.project, before.source, prepared.scopes)
  return prepared.scopes
}
