import { createHash } from 'node:crypto'
import { CoatcheckError, type SandboxCreate, type SandboxUpdate } from '@coatcheck/contract'
import { presentActor } from '../audit/acting.ts'
import { parseCidrBlock } from '../foundation/cidr-block.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { ownProcessMark } from '../foundation/process-mark.ts'
import type { Profile } from '../policy/profile.ts'
import { checkDenied, checkNetwork } from './check-network.ts'
import { networkRuleOf } from './network-rule-of.ts'
import type { Sandbox } from './sandbox.ts'
import { firstLifetime } from './sandbox-lifetime.ts'

/** The row of a new sandbox, with the network rules of its profile. @throws CoatcheckError `request_invalid` | `scope_invalid` */
export function describeSandbox(
  project: string,
  input: SandboxCreate,
  profile: Profile,
  token: string,
  now: Date,
): Sandbox {
  const id = newIdentifier('sbx')
  const network = networkOf(profile.network, { allow: [], deny: [], ...input.network })
  return {
    id,
    project,
    name: input.name ?? id,
    profile: profile.name,
    fromProfile: profile.network,
    fence: input.launch === undefined ? 'none' : 'kernel',
    createdBy: presentActor() ?? 'owner',
    holder: ownProcessMark(),
    tokenHash: hashOfToken(token),
    allow: network.allow ?? profile.network.allow,
    deny: network.deny ?? profile.network.deny,
    from: (input.from ?? []).map(blockOf),
    boundTo: null,
    authoritySealed: null,
    caNames: null,
    labels: input.labels ?? {},
    createdAt: now.toISOString(),
    ...firstLifetime(input, now),
    endedAt: null,
  }
}

/** What a sandbox's row remembers of its token: SHA-256, hex. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** What a change makes of a sandbox; what it does not name stays. @throws CoatcheckError `scope_invalid` */
export function updatedSandbox(sandbox: Sandbox, { name, labels, network = {} }: SandboxUpdate): Sandbox {
  return {
    ...sandbox,
    ...(name === undefined ? {} : { name }),
    ...(labels === undefined ? {} : { labels }),
    ...networkOf(sandbox.fromProfile, network, sandbox.deny),
  }
}

/** The lists that were given, checked, after those of the profile; `before` are the deny rules that stay where none are given. */
function networkOf(
  profile: Profile['network'],
  { allow, deny }: NonNullable<SandboxUpdate['network']>,
  before: readonly string[] = [],
): Partial<Pick<Sandbox, 'allow' | 'deny'>> {
  const own = allow?.map(networkRuleOf)
  checkDenied(deny ?? [])
  const denied = deny === undefined ? before : [...new Set([...profile.deny, ...deny])]
  if (own !== undefined) checkNetwork(own, denied)
  return {
    ...(own === undefined ? {} : { allow: [...profile.allow, ...own] }),
    ...(deny === undefined ? {} : { deny: denied }),
  }
}

/** @throws CoatcheckError `request_invalid` */
function blockOf(text: string): string {
  const block = parseCidrBlock(text)
  if (block !== undefined) return block.text
  throw new CoatcheckError('request_invalid', {
    field: 'from',
    reason: 'write addresses, or blocks such as 10.0.0.0/8',
  })
}

/** SECURITY: a broker that runs as root never starts a sandbox as root. @throws CoatcheckError `request_invalid` */
export function identityOf({ launch }: SandboxCreate): { runAs?: { uid: number; gid: number } } {
  const isRoot = process.getuid?.() === 0
  if (!isRoot) return {}
  if (launch === undefined) return {}
  const { uid, gid } = launch
  if (uid === undefined || gid === undefined || uid <= 0 || gid <= 0) {
    throw new CoatcheckError('request_invalid', {
      field: 'launch.uid',
      reason: 'the broker runs as root: name another user',
    })
  }
  return { runAs: { uid, gid } }
}
