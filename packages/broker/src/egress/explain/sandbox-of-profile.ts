import type { Cap } from '@coatcheck/contract'
import type { Clock } from '../../foundation/clock.ts'
import type { Profile } from '../../policy/profile.ts'
import { describeSandbox } from '../../sandbox/describe-sandbox.ts'
import type { Grant } from '../../sandbox/grant.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { withProfile } from '../../sandbox/with-profile.ts'
import type { Vault } from '../../vault/vault.ts'

/** What a sandbox that asks for a profile and nothing else would be. Nothing of it is stored, and no placeholder is made. */
export interface WouldBeSandbox {
  readonly sandbox: Sandbox
  readonly grants: readonly Grant[]
  /** Those on the sandbox itself. */
  readonly caps: readonly Cap[]
}

/** @throws CoatcheckError `secret_not_found` | `vault_locked` | `row_tampered` */
export function sandboxOfProfile(
  project: string,
  profile: Profile,
  { clock, vault }: { readonly clock: Clock; readonly vault: Pick<Vault, 'get'> },
): WouldBeSandbox {
  const input = withProfile({}, profile)
  const sandbox = { ...describeSandbox(project, input, profile, '', clock.now()), id: '', name: '' }
  const grants = Object.entries(input.secrets ?? {}).map(([env, name]): Grant => {
    const rules = input.rules?.[env]
    return {
      id: `grant of ${env}`,
      ...{ project, env, sandboxId: sandbox.id, secretId: vault.get(project, name).id, ephemeral: false },
      ...{ placeholderIndex: '', placeholderSealed: '', createdAt: sandbox.createdAt, expiresAt: sandbox.expiresAt },
      ownExpiresAt: null,
      ...(rules !== undefined && { rules }),
      endedAt: null,
    }
  })
  return { sandbox, grants, caps: input.caps ?? [] }
}
