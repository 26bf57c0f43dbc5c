import type { DangerClass, RuleList } from '@coatcheck/contract'
import { compiledRules } from '../policy/rules/compiled-rules.ts'
import type { RuleSet } from '../policy/rules/rule-set.ts'
import type { RoutedGrant } from './routes.ts'

/** A rule list and where it stands, in words that a sandbox may read. */
export interface AskedRules {
  /** `grant GITHUB_TOKEN`, `secret of GITHUB_TOKEN` or `project`. */
  readonly list: string
  readonly set: RuleSet
  /** The list as it is written, for whoever has to know whether it is the same one. */
  readonly text: string
  /** Nothing is refused by it; what it would have refused is recorded. */
  readonly isDryRun: boolean
}

/** The rule lists that decide about one sandbox's traffic. */
export interface RoutedRules {
  readonly project?: AskedRules
  /** By the id of the grant; both lists of one, its own first. */
  readonly ofGrants: ReadonlyMap<string, readonly AskedRules[]>
  /** Some list is only tried. */
  readonly hasDryRun: boolean
}

/** Makes the lists ready; undefined where there are none. @throws CoatcheckError `rule_invalid` */
export function routeRules(project: RuleList | undefined, grants: readonly RoutedGrant[]): RoutedRules | undefined {
  const ofGrants = new Map<string, readonly AskedRules[]>()
  for (const { grant, secretRules } of grants) {
    const lists = [
      ...(grant.rules === undefined ? [] : [askedRules(`grant ${grant.env}`, grant.rules)]),
      ...(secretRules === undefined ? [] : [askedRules(`secret of ${grant.env}`, secretRules)]),
    ]
    if (lists.length > 0) ofGrants.set(grant.id, lists)
  }
  if (project === undefined && ofGrants.size === 0) return undefined
  const ofProject = project && askedRules('project', project)
  const hasDryRun = [ofProject, ...[...ofGrants.values()].flat()].some((asked) => asked?.isDryRun === true)
  return { ofGrants, hasDryRun, ...(ofProject !== undefined && { project: ofProject }) }
}

function askedRules(list: string, rules: RuleList): AskedRules {
  return { list, isDryRun: rules.dryRun === true, ...compiledRules(rules) }
}

/** Classes of calls that the lists over a grant refuse by their presets. */
export function refusedByRules({ ofGrants, project }: RoutedRules, grantId: string): readonly DangerClass[] {
  const lists = [...(project === undefined ? [] : [project]), ...(ofGrants.get(grantId) ?? [])]
  return lists.filter(({ isDryRun }) => !isDryRun).flatMap(({ set }) => set.classes)
}
