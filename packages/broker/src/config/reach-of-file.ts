import { createPublicKey } from 'node:crypto'
import { findProvider } from '@coatcheck/catalog'
import {
  CoatcheckError,
  type DangerClass,
  type Reach,
  type ReachDestination,
  type ReachDifference,
  type ReachReceipt,
  type RuleList,
  refusedByDefault,
} from '@coatcheck/contract'
import { parseInput } from '../admin/parse-input.ts'
import { rulesLint } from '../admin/rule-schema.ts'
import { isReceiptGenuine } from '../audit/reach-receipt.ts'
import { reachDifference } from '../egress/explain/reach-difference.ts'
import { reachSummary } from '../egress/explain/reach-summary.ts'
import { type DestinationPattern, parseDestinationPattern } from '../foundation/destination-pattern.ts'
import { dangersAt } from '../policy/dangerous-calls.ts'
import { findBuiltInProfile } from '../policy/profile.ts'
import { listCalls } from '../policy/reach/list-calls.ts'
import { coversHost } from '../policy/reach/meet-hosts.ts'
import { reachedDangers } from '../policy/reach/reached-dangers.ts'
import { RuleSet } from '../policy/rules/rule-set.ts'

/** What a reach is worked out from where there is no broker. */
export interface ReachOfFile {
  /** A rule list as a file has it. */
  readonly rules?: unknown
  /** Id of the provider whose secret the list would stand on. */
  readonly provider?: string
  /** Name of a built-in profile. */
  readonly profile?: string
}

/** What could be done at worst under a list and a profile. @throws CoatcheckError `rule_invalid` | `request_invalid` | `provider_not_found` | `profile_not_found` */
export function reachOfFile({ profile = 'locked', provider, rules }: ReachOfFile): Reach {
  const list = rules === undefined ? undefined : parseInput(rulesLint, { rules }).rules
  const grants =
    list === undefined && provider === undefined
      ? []
      : [
          {
            env: 'KEY',
            secret: 'KEY',
            provider: provider ?? null,
            destinations: destinationsOf(list, provider),
            caps: [],
          },
        ]
  const bare = grants.flatMap(({ destinations }) => destinations.map(({ calls, to }) => ({ to, calls })))
  const places = provider === undefined ? [] : grants.flatMap(({ destinations }) => destinations)
  const covered = places.map(({ to }) => patternOf(to))
  // A host that the secret would cover is looked into, whatever else allows it.
  const found = findBuiltInProfile(profile)
  if (found === undefined) throw new CoatcheckError('profile_not_found')
  const tunnels = found.network.allow
    .map(({ to }) => to)
    .filter((host) => !covered.some((pattern) => pattern.matches({ scheme: 'https', host, port: 443 })))
  const reach = { sandbox: { id: '', name: '', profile }, grants, bare, tunnels, denied: [] }
  return { ...reach, summary: reachSummary(reach, []) }
}

/** What the one reach has and the other has not. */
export function diffReach(before: Reach, after: Reach): ReachDifference {
  return reachDifference(before, after)
}

/** Whether a receipt was signed by a key, PEM, or, without one, by the key that it names itself. */
export function receiptHolds(receipt: ReachReceipt, publicKey?: string): boolean {
  return isReceiptGenuine(receipt, publicKey === undefined ? undefined : createPublicKey(publicKey))
}

function destinationsOf(list: RuleList | undefined, id: string | undefined): readonly ReachDestination[] {
  const calls = listCalls(list, 'rules')
  const classes: readonly DangerClass[] = list === undefined || list.dryRun === true ? [] : new RuleSet(list).classes
  const refused = new Set<DangerClass>([...refusedByDefault, ...classes])
  if (id === undefined) return [{ to: '*', injector: 'unknown', calls, dangers: [] }]
  const provider = findProvider(id)
  if (provider === undefined) throw new CoatcheckError('provider_not_found')
  return provider.hosts
    .filter(({ injectors }) => injectors.length > 0)
    .map(({ host: to, injectors }) => {
      const { exactHost, matchesHost } = patternOf(to)
      const here = calls.filter(
        ({ hosts }) => hosts === 'any' || exactHost === null || hosts.some((host) => coversHost(host, exactHost)),
      )
      const dangers = dangersAt({ host: exactHost, provider: id }, matchesHost)
      return { to, injector: injectors[0]!.kind, calls: here, dangers: reachedDangers(dangers, here, refused) }
    })
}

function patternOf(to: string): DestinationPattern {
  return parseDestinationPattern(to, { clearText: true, sharedSuffix: true })
}
