import { CoatcheckError } from '@coatcheck/contract'
import type { HighWaterClock } from '../foundation/high-water-clock.ts'
import { networkMatcher } from '../policy/network-matcher.ts'
import { type Grant, placeholderContext } from '../sandbox/grant.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import type { Secret } from '../vault/secret.ts'
import type { Vault } from '../vault/vault.ts'
import { type GrantedConnection, grantedConnection } from './granted-connection.ts'

/** What a grant is judged by. */
export interface JudgeSources {
  readonly clock: Pick<HighWaterClock, 'assertSane' | 'now' | 'monotonicMs'>
  readonly ephemeral: EphemeralSecrets
  readonly keyRing: KeyRing
  readonly sandboxes: Pick<SandboxStore, 'find' | 'findGrant' | 'grantsOf'>
  readonly vault: Pick<Vault, 'find' | 'state'>
  /** Roots that the operator trusts for every service, PEM. */
  readonly extraRoots?: string
}

/** A grant that may be used now, and where it leads. */
export interface JudgedGrant {
  readonly sandbox: Sandbox
  readonly grant: Grant
  readonly secret: Secret
  readonly placeholder: string
  readonly connection: GrantedConnection
}

/**
 * Whether a sandbox may use a grant for a connection at this moment.
 * @throws CoatcheckError `sandbox_expired` | `grant_ended` | `grant_expired` | `destination_denied` | `vault_locked` | `row_tampered`
 */
export function judgeGrant(sandboxId: string, grantId: string, sources: JudgeSources): JudgedGrant {
  const { clock, ephemeral, keyRing, sandboxes, vault } = sources
  clock.assertSane()
  // SECURITY: what was read before it was locked decides nothing any more.
  if (vault.state === 'locked') throw new CoatcheckError('vault_locked')
  const now = clock.now()
  const sandbox = sandboxes.find(sandboxId)
  if (sandbox === undefined || sandbox.endedAt !== null || now >= new Date(sandbox.expiresAt)) {
    throw new CoatcheckError('sandbox_expired')
  }
  // SECURITY: the name says which grant is meant, and a name of another sandbox's grant says nothing.
  const grant = sandboxes.grantsOf(sandboxId).find(({ id }) => id === grantId)
  if (grant === undefined || grant.endedAt !== null) throw new CoatcheckError('grant_ended')
  if (grant.expiresAt !== null && now >= new Date(grant.expiresAt)) throw new CoatcheckError('grant_expired')
  const secret = (grant.ephemeral ? ephemeral : vault).find(grant.secretId)
  const connection = secret && grantedConnection(secret.scopes)
  if (secret === undefined || connection === undefined) throw new CoatcheckError('grant_ended')
  for (const { destination } of [connection, ...connection.others]) {
    const { host, port } = destination
    const rule = sandbox.deny.find((each) => networkMatcher(each).matchesHost(host))
    if (rule !== undefined) throw new CoatcheckError('destination_denied', { host, port, rule })
  }
  const placeholder = keyRing.openPlaceholder(grant.placeholderSealed, placeholderContext(grant))
  return { sandbox, grant, secret, placeholder, connection }
}
