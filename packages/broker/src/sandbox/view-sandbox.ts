import type { GrantView, SandboxView } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { Vault } from '../vault/vault.ts'
import type { Grant } from './grant.ts'
import type { Sandbox } from './sandbox.ts'

/** What a view is looked up in. */
export interface ViewSources {
  readonly clock: Clock
  readonly ephemeral: EphemeralSecrets
  readonly vault: Vault
}

/** A sandbox as every door shows it: no token, no placeholder. */
export function viewSandbox(sandbox: Sandbox, grants: readonly Grant[], sources: ViewSources): SandboxView {
  const { id, name, profile, fence, allow, deny, from, labels, createdBy, createdAt, expiresAt, endedAt } = sandbox
  const expired = sources.clock.now() >= new Date(expiresAt)
  const status = endedAt !== null ? 'ended' : expired ? 'expired' : 'active'
  const current = grants.filter((grant) => grant.endedAt === null).map((grant) => viewGrant(grant, sources))
  const names = sandbox.caNames === null ? {} : { caNames: sandbox.caNames }
  return {
    ...{ id, name, profile, status, fence, allow, deny, from, labels },
    ...{ grants: current, createdBy, createdAt, expiresAt, endedAt },
    ...names,
  }
}

/** A grant as every door shows it: no placeholder. */
export function viewGrant(grant: Grant, { ephemeral, vault }: ViewSources): GrantView {
  const secret = grant.ephemeral ? ephemeral.find(grant.secretId) : vault.find(grant.secretId)
  return {
    id: grant.id,
    env: grant.env,
    secret: grant.ephemeral ? null : (secret?.name ?? null),
    to: secret?.scopes.map(({ to }) => to) ?? [],
    expiresAt: grant.expiresAt,
    ...(grant.rules !== undefined && { rules: grant.rules }),
  }
}
