import { isDeepStrictEqual } from 'node:util'
import { CoatcheckError, type ConfigDefinition, type ConfigEntry, type Scope } from '@coatcheck/contract'
import { widensRules } from '../vault/rule-widening.ts'
import { checkRules } from './check-rules.ts'
import type { ConfigStep } from './config-step.ts'
import { planNewSecret } from './plan-new-secret.ts'
import { planProfiles } from './plan-profiles.ts'
import { planSecret } from './plan-secret.ts'
import { saveCaps } from './save-caps.ts'
import { saveRules } from './save-rules.ts'
import type { AdminServices } from './services.ts'
import { widensCaps } from './widens-caps.ts'

/** How a configuration and what there is differ. */
export interface ConfigPlan {
  readonly steps: readonly ConfigStep[]
  /** Everything that the configuration names. */
  readonly declared: readonly ConfigEntry[]
}

const ofProject = 'project'

/**
 * Checks all of a configuration against what there is; changes nothing and fetches nothing.
 * @throws CoatcheckError `vault_locked`, or whatever the routes of the same objects refuse
 */
export async function planConfig(services: AdminServices, config: ConfigDefinition): Promise<ConfigPlan> {
  if (services.vault.state === 'locked') throw new CoatcheckError('vault_locked')
  const steps: ConfigStep[] = []
  const declared: ConfigEntry[] = []
  const scopes = new Map<string, readonly Scope[]>()
  for (const [index, [name, secret]] of Object.entries(config.secrets ?? {}).entries()) {
    const before = findSecret(services, name)
    const planned =
      before === undefined
        ? planNewSecret(services, name, secret, index + 1)
        : await planSecret(services, before, secret)
    scopes.set(name, planned.scopes)
    declared.push({ kind: 'secret', name })
    steps.push(...planned.steps)
  }
  if (config.rules !== undefined) {
    declared.push({ kind: 'rules', name: ofProject })
    steps.push(...planRules(services, config.rules))
  }
  if (config.caps !== undefined) {
    declared.push({ kind: 'caps', name: ofProject })
    steps.push(...(await planCaps(services, config.caps)))
  }
  const profiles = planProfiles(services, config.profiles ?? {}, scopes)
  return { steps: [...steps, ...profiles.steps], declared: [...declared, ...profiles.declared] }
}

function findSecret({ project, vault }: AdminServices, name: string): ReturnType<typeof vault.find> {
  try {
    return vault.get(project, name)
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'secret_not_found') return undefined
    throw error
  }
}

function planRules(
  services: AdminServices,
  rules: NonNullable<ConfigDefinition['rules']> | null,
): readonly ConfigStep[] {
  checkRules(rules)
  const before = services.rules.find(services.project)
  if (isDeepStrictEqual(before, rules ?? undefined)) return []
  const is = before === undefined ? 'created' : 'changed'
  const phase = widensRules(before, rules ?? undefined) ? 'widen' : 'narrow'
  const apply = () => saveRules(services, rules)
  return [{ entry: { kind: 'rules', name: ofProject }, is, phase, apply }]
}

async function planCaps(
  services: AdminServices,
  caps: NonNullable<ConfigDefinition['caps']>,
): Promise<readonly ConfigStep[]> {
  const { project } = services
  const before = (await services.caps.usageOf(project, project)).map(({ cap }) => cap)
  if (isDeepStrictEqual(before, caps)) return []
  const is = before.length === 0 ? 'created' : 'changed'
  const phase = widensCaps(before, caps) ? 'widen' : 'narrow'
  const apply = () => saveCaps(services, { on: 'project', name: project, id: project }, caps)
  return [{ entry: { kind: 'caps', name: ofProject }, is, phase, apply }]
}
