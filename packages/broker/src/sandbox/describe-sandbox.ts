import { createHash } from 'node:crypto'
import { CoatcheckError, type NetworkRule, type SandboxCreate, type SandboxUpdate } from '@coatcheck/contract'
import { presentActor } from '../audit/acting.ts'
import { parseCidrBlock } from '../foundation/cidr-block.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { ownProcessMark } from '../foundation/process-mark.ts'
import { findProfile } from '../policy/profile.ts'
import { checkDenied, checkNetwork } from './check-network.ts'
import type { Sandbox } from './sandbox.ts'
import { firstLifetime } from './sandbox-lifetime.ts'

/** The row of a new sandbox. @throws CoatcheckError `profile_not_found` | `request_invalid` | `scope_invalid` */
export function describeSandbox(project: string, input: SandboxCreate, token: string, now: Date): Sandbox {
  const profile = findProfile(input.profile ?? 'locked')
  const id = newIdentifier('sbx')
  const network = networkOf(profile.name, { allow: [], deny: [], ...input.network })
  return {
    id,
    project,
    name: input.name ?? id,
    profile: profile.name,
    fence: input.launch === undefined ? 'none' : 'kernel',
    createdBy: presentActor() ?? 'owner',
    holder: ownProcessMark(),
    tokenHash: hashOfToken(token),
    allow: network.allow ?? profile.allow,
    deny: network.deny ?? [],
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
    ...networkOf(sandbox.profile, network, sandbox.deny),
  }
}

/** The lists that were given, checked; `before` are the deny rules that stay where none are given. */
function networkOf(
  profile: string,
  { allow, deny }: NonNullable<SandboxUpdate['network']>,
  before: readonly string[] = [],
): Partial<Pick<Sandbox, 'allow' | 'deny'>> {
  const own = allow?.map((rule): NetworkRule => (typeof rule === 'string' ? { to: rule } : rule))
  checkDenied(deny ?? [])
  if (own !== undefined) checkNetwork(own, deny ?? before)
  return {
    ...(own === undefined ? {} : { allow: [...findProfile(profile).allow, ...own] }),
    ...(deny === undefined ? {} : { deny }),
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
