import type { ConfigEntry } from '@coatcheck/contract'
import type { AdminServices } from './services.ts'

const pageSize = 1000

/** What the project has and a configuration does not name: secrets, rules, caps and own profiles. */
export async function undeclaredEntries(
  services: Pick<AdminServices, 'caps' | 'profiles' | 'project' | 'rules' | 'vault'>,
  declared: readonly ConfigEntry[],
): Promise<readonly ConfigEntry[]> {
  const { caps, profiles, project, rules, vault } = services
  const present: ConfigEntry[] = []
  for (let cursor: string | null | undefined = null; cursor !== undefined; ) {
    const page: readonly { readonly name: string }[] = vault.list(project, pageSize, cursor)
    present.push(...page.map(({ name }) => ({ kind: 'secret', name }) as const))
    cursor = page.length < pageSize ? undefined : page.at(-1)?.name
  }
  if (rules.find(project) !== undefined) present.push({ kind: 'rules', name: 'project' })
  if ((await caps.usageOf(project, project)).length > 0) present.push({ kind: 'caps', name: 'project' })
  const own = profiles.list(project, pageSize, null).filter(({ origin }) => origin === 'own')
  present.push(...own.map(({ name }) => ({ kind: 'profile', name }) as const))
  const keyOf = ({ kind, name }: ConfigEntry): string => `${kind} ${name}`
  const named = new Set(declared.map(keyOf))
  return present.filter((entry) => !named.has(keyOf(entry)))
}
